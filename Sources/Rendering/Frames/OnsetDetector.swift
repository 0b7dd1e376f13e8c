import AudioFeatures
import Foundation
import SoundFiles

/// Finds hard onsets: where a clip's energy rises by 12 dB or more within about 1.3 ms.
///
/// The energy of blocks of 1.33 ms, summed over channels, is compared with the mean of the 20 ms before. Tones, noise and
/// pulses of 50 Hz and more do not reach the threshold: their blocks are at most 15 times their mean over 20 ms. The
/// onset is the first sample, in that block or the one before, that is twice as large as all in the 20 ms before. Onsets are
/// at least one window of the transform apart, so that a frame holds one at most; chunks of any size give the same onsets.
struct OnsetDetector {
  /// An onset.
  struct Onset: Hashable {
    /// The place in samples.
    var position: Int
    /// The place of the first sample that was not needed to find it.
    var end: Int
  }

  /// The onsets found, in order; those that no coming frame can hold are dropped.
  private(set) var onsets: [Onset] = []

  /// The ratio of energies that makes an onset: 12 dB.
  private static let threshold = 16.0
  /// The mean square under which nothing counts as sound: −80 dBFS.
  private static let silence = 1e-8
  private static let blockCount = 15

  private let leadCount: Int?
  private let blockLength: Int
  private let shortestDistance: Int
  private var energies = [Double](repeating: 0, count: blockCount)
  private var peaks = [Float](repeating: 0, count: blockCount)
  /// The largest magnitudes over the channels, of the block before the present one and of that.
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
  ///   - shortestDistance: How many samples lie between two onsets at least.
  ///   - leadCount: How many channels are looked at, from the first on; `nil` for all.
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
      // The block before may hold the first samples, so it does not count as what was before.
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

  /// Puts a value behind the others, and drops the first one.
  @inline(__always)
  private static func append<Value>(_ value: Value, to values: inout [Value]) {
    for index in 1..<values.count { values[index - 1] = values[index] }
    values[values.count - 1] = value
  }
}
