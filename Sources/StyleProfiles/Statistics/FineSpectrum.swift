import AdaIN
import AudioFeatures
import Foundation

/// The mean spectrum of a recording in steps of 20 Hz, which tells pieces and voices apart whatever the equipment.
///
/// Notes and the pitch of a voice stand out as lines a few dozen hertz wide. An equaliser changes many lines together,
/// and a gain changes all of them. So once their broad shape is removed, the spectra of two recordings of the same
/// piece or voice correlate. The square roots of magnitudes are averaged: no single loud event outweighs the others,
/// and pauses count little. The means are sums of integers: exact in any order.
package struct FineSpectrum: Hashable, Sendable {
  /// The frequencies in Hz.
  ///
  /// Above them fewer lines stand out; below them the bins are too far apart to separate lines.
  package static let frequencies = Array(stride(from: 80.0, through: 4000, by: 20))
  /// The value of a sum for one frame with |X|² = F · W, the lengths of transform and window.
  static let unit = 0x1p20

  /// For each frequency the sum over the frames of (|X|²/(F · W))^¼, in steps of 2⁻²⁰.
  package private(set) var sums: [Int64]
  /// The number of frames.
  package private(set) var frameCount: Int64

  /// Creates a spectrum from its sums.
  ///
  /// - Precondition: There is one for each of ``frequencies``, and none is negative.
  init(sums: [Int64], frameCount: Int64) {
    precondition(sums.count == Self.frequencies.count, "expected a sum for each frequency")
    precondition(frameCount >= 0 && sums.allSatisfy { $0 >= 0 }, "expected numbers of 0 or more")
    self.sums = sums
    self.frameCount = frameCount
  }

  /// Adds the frames of another recording.
  mutating func merge(_ other: FineSpectrum) {
    for index in sums.indices { sums[index] = Self.sum(sums[index], other.sums[index]) }
    frameCount = Self.sum(frameCount, other.frameCount)
  }

  private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, isOverflow) = a.addingReportingOverflow(b)
    return isOverflow ? .max : sum
  }

  /// The sum of these frames and others.
  func merged(with other: FineSpectrum) -> FineSpectrum {
    var result = self
    result.merge(other)
    return result
  }

  /// The spectrum with its level moved by a whole number of buckets of ``LevelStatistics``.
  func shifted(byBuckets shift: Int) -> FineSpectrum {
    // Sums are of √|X|.
    let factor = pow(10, Double(shift) * LevelStatistics.bucketWidth / 40)
    let moved = sums.map { Int64(exactly: (Double($0) * factor).rounded()) ?? .max }
    return FineSpectrum(sums: moved, frameCount: frameCount)
  }
}

/// The fine spectrum of a view while a clip is measured.
///
/// Frames are summed in groups, and the sum of each group is rounded to integers. So the order of the groups, and how
/// they are spread over several passes, does not change the result.
struct FineSpectrumPass {
  private let geometry: STFTGeometry
  private let bins: Range<Int>
  /// The sums of the group that is being added up.
  private var group: ContiguousArray<Float>
  private var sums: [Int64]
  private var frameCount: Int64 = 0

  /// The value of a sum for one frame with |X| = 1.
  private static let unit: Float = 0x1p16
  /// The largest sum of a group; larger ones count as this.
  ///
  /// No sound with samples within ±10⁶ comes near it at rates up to 768 kHz.
  private static let largest: Float = 0x1p20

  init(geometry: STFTGeometry) {
    self.geometry = geometry
    let width = geometry.sampleRate / Double(geometry.fftLength)
    let (first, last) = (
      FineSpectrum.frequencies[0] / width,
      FineSpectrum.frequencies[FineSpectrum.frequencies.count - 1] / width
    )
    let end = min(Int(last) + 2, geometry.binCount)
    bins = min(Int(first), end)..<end
    group = ContiguousArray(repeating: 0, count: bins.count)
    sums = Array(repeating: 0, count: bins.count)
  }

  /// Adds the spectrum of a frame, |X[k]|² for each bin, to the group.
  mutating func add(power: ContiguousArray<Float>) {
    frameCount += 1
    RowArithmetic.addFourthRoots(of: power, from: bins.lowerBound, to: &group)
  }

  /// Ends a group of frames.
  mutating func endGroup() {
    for index in sums.indices {
      // The comparison is false for NaN, so a sum that overflowed counts as the largest.
      let sum = group[index] <= Self.largest ? group[index] : Self.largest
      sums[index] += Int64((sum * Self.unit).rounded())
      group[index] = 0
    }
  }

  /// Adds the sums of another pass over parts of the same clip.
  mutating func merge(_ other: FineSpectrumPass) {
    for index in sums.indices { sums[index] += other.sums[index] }
    frameCount += other.frameCount
  }

  /// The spectrum at ``FineSpectrum/frequencies``, interpolated between bins; above the last bin it is 0.
  func spectrum() -> FineSpectrum {
    let scale =
      FineSpectrum.unit / Double(Self.unit)
      / Double(geometry.fftLength * geometry.windowLength).squareRoot().squareRoot()
    let width = geometry.sampleRate / Double(geometry.fftLength)
    return FineSpectrum(
      sums: FineSpectrum.frequencies.map { frequency in
        let position = frequency / width - Double(bins.lowerBound)
        let index = Int(position)
        guard index + 1 < sums.count else { return 0 }
        let part = position - Double(index)
        let sum = (1 - part) * Double(sums[index]) + part * Double(sums[index + 1])
        return Int64((scale * sum).rounded())
      }, frameCount: frameCount)
  }
}
