import AudioFeatures
import Foundation
import SoundFiles

/// A detector of hard onsets, where a clip's energy rises by 12 dB or more within about 1.3 ms.
///
/// The energy of each block of 1.33 ms, summed over channels, is compared with the mean of the 15 blocks (20 ms)
/// before. Tones, noise and pulses of 50 Hz and more stay under the threshold of 16: the energy of one of their blocks
/// is at most 15 times that mean. The onset is the first sample, in that block or the one before, that is more than
/// twice as large as all samples in the 20 ms before. Onsets are at least one window of the transform apart, so that a
/// frame holds at most one. Chunks of any size give the same onsets.
struct OnsetDetector {
  /// An onset.
  struct Onset: Hashable {
    /// The place in sample frames.
    var position: Int
    /// The place behind the last sample that was needed to find the onset.
    var end: Int
  }

  /// The onsets in order, without the dropped ones.
  private(set) var onsets: [Onset] = []

  /// The ratio of energies that makes an onset: 12 dB.
  private static let threshold = 16.0
  /// The mean square that is added to the mean before, so that noise near silence has no onsets: −80 dBFS.
  private static let silence = 1e-8
  private static let blockCount = 15

  private let leadCount: Int?
  private let blockLength: Int
  private let shortestDistance: Int
  private var energies = [Double](repeating: 0, count: blockCount)
  private var peaks = [Float](repeating: 0, count: blockCount)
  /// The largest magnitudes over the channels of the previous and the present block.
  private var magnitudes: ContiguousArray<Float>
  /// The squares of the present block's samples, summed over the channels.
  private var squares: ContiguousArray<Float>
  private var filled = 0
  private var position = 0
  private var next = 0

  /// Creates a detector.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in Hz.
  ///   - shortestDistance: The least distance between two onsets in sample frames.
  ///   - leadCount: The number of channels that are examined, from the first on; `nil` for all.
  init(sampleRate: Double, shortestDistance: Int, leadCount: Int? = nil) {
    self.leadCount = leadCount
    blockLength = max(1, Int((sampleRate / 750).rounded()))
    self.shortestDistance = shortestDistance
    magnitudes = ContiguousArray(repeating: 0, count: 2 * blockLength)
    squares = ContiguousArray(repeating: 0, count: blockLength)
  }

  /// Takes the next frames.
  mutating func add(_ buffer: FrameBuffer) {
    let channelCount = leadCount ?? buffer.channelCount
    var done = 0
    while done < buffer.frameCount {
      let count = min(blockLength - filled, buffer.frameCount - done)
      for channel in 0..<channelCount {
        buffer.withChannel(channel) { include($0.extracting(done..<done + count), isFirst: channel == 0) }
      }
      filled += count
      done += count
      position += count
      if filled == blockLength { finishBlock(channelCount: channelCount) }
    }
  }

  /// Forgets onsets before a position.
  mutating func drop(before position: Int) {
    onsets.removeAll { $0.position < position }
  }

  /// Adds the samples of one channel to the present block, place by place, so that chunks do not matter.
  private mutating func include(_ samples: Span<Float>, isFirst: Bool) {
    let (start, count) = (filled, samples.count)
    unsafe samples.withUnsafeBufferPointer { samples in
      unsafe magnitudes.withUnsafeMutableBufferPointer { magnitudes in
        unsafe squares.withUnsafeMutableBufferPointer { squares in
          guard let samples = samples.baseAddress, let magnitudes = magnitudes.baseAddress,
            let squares = squares.baseAddress
          else { return }
          let (largest, sums) = unsafe (magnitudes + blockLength + start, squares + start)
          RowArithmetic.forEach(count) { i in
            let row = unsafe samples.lanes(i)
            unsafe largest.store(isFirst ? row.magnitude : largest.lanes(i).larger(row.magnitude), i)
            unsafe sums.store(isFirst ? row * row : sums.lanes(i) + row * row, i)
          } single: { i in
            let sample = unsafe samples[i]
            unsafe largest[i] = isFirst ? abs(sample) : max(largest[i], abs(sample))
            unsafe sums[i] = isFirst ? sample * sample : sums[i] + sample * sample
          }
        }
      }
    }
  }

  private mutating func finishBlock(channelCount: Int) {
    let energy = Double(squares.reduce(0, +))
    let mean = energies.reduce(0, +) / Double(Self.blockCount)
    let floor = Self.silence * Double(blockLength * channelCount)
    if energy > Self.threshold * (mean + floor) {
      // The previous block may hold the first samples of the onset, so its peak does not count as the level before.
      let largest = peaks.dropLast().max() ?? 0
      let offset = magnitudes.firstIndex { $0 > 2 * largest } ?? blockLength
      let start = position - 2 * blockLength + offset
      if start >= next {
        onsets.append(Onset(position: start, end: position))
        next = start + shortestDistance
      }
    }
    let peak = RowArithmetic.largestMagnitude(magnitudes.span.extracting(blockLength...))
    Self.append(energy, to: &energies)
    Self.append(peak, to: &peaks)
    unsafe magnitudes.withUnsafeMutableBufferPointer { magnitudes in
      guard let base = magnitudes.baseAddress else { return }
      unsafe base.update(from: base + blockLength, count: blockLength)
    }
    filled = 0
  }

  /// Appends a value and drops the first one.
  @inline(__always)
  private static func append<Value>(_ value: Value, to values: inout [Value]) {
    for index in 1..<values.count { values[index - 1] = values[index] }
    values[values.count - 1] = value
  }
}
