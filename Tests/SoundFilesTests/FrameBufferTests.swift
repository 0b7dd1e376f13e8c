import SoundFiles
import Testing

@Suite struct FrameBufferTests {
  @Test func channelsArePlanarAndContiguous() {
    var buffer = FrameBuffer(channelCount: 3, capacity: 5)
    for channel in 0..<3 {
      for frame in 0..<5 { buffer[channel, frame] = Float(10 * channel + frame) }
    }
    buffer.frameCount = 4
    let all = buffer.withUnsafeStorage { Array($0) }
    #expect(all == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24])
    #expect(buffer.channel(1) == [10, 11, 12, 13])
    #expect(buffer.withChannel(2) { $0.count } == 4)
    #expect(buffer.withChannel(2) { $0[3] } == 23)
  }

  @Test func mutableChannelSpansTheCapacity() {
    var buffer = FrameBuffer(channels: [[1, 2], [3, 4]])
    buffer.frameCount = 1
    let count = buffer.withMutableChannel(1) { span in
      span[1] = 9
      return span.count
    }
    #expect(count == 2)
    #expect(buffer[1, 1] == 9)
    #expect(buffer[0, 1] == 2)
  }

  @Test func copiesAreIndependent() {
    let first = FrameBuffer(channels: [[1, 2, 3]])
    var second = first
    second[0, 0] = 7
    #expect(first.channel(0) == [1, 2, 3])
    #expect(second.channel(0) == [7, 2, 3])
  }
}
