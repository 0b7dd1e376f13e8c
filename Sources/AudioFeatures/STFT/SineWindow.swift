import Foundation

/// The square root of the periodic Hann window: `w[n] = sin(π·n/W)`.
///
/// Used for analysis and for synthesis with a hop of W/4, its squares add up to 2 at every sample, so the
/// round trip reconstructs the signal after a division by 2.
enum SineWindow {
  /// What the squares of the windows that cover a sample add up to.
  static let overlapSum: Float = 2

  /// The W values of the window.
  static func values(length: Int) -> ContiguousArray<Float> { windows[length] }

  private static let windows = TableCache<Int, ContiguousArray<Float>> { length in
    ContiguousArray((0..<length).map { Float(sin(Double.pi * Double($0) / Double(length))) })
  }

  /// The energies Σ w² of the first 0, 1, … W values of the window.
  static func cumulativeEnergy(length: Int) -> ContiguousArray<Float> { energies[length] }

  private static let energies = TableCache<Int, ContiguousArray<Float>> { length in
    var sum = 0.0
    var result: ContiguousArray<Float> = [0]
    for n in 0..<length {
      let value = sin(Double.pi * Double(n) / Double(length))
      sum += value * value
      result.append(Float(sum))
    }
    return result
  }
}
