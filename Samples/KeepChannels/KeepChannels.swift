import AdaIN

/// Preserved channels: they keep the content's bits while the others are restyled.
@main
enum KeepChannels {
  static func main() throws {
    let content = try Tensor3<Float>([[[1, 2, 3], [4, 5, 9], [0, 0, 3]]])
    let style = try StyleMoments(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    let adain = AdaptiveInstanceNorm1d<Float>(3, preservedChannels: [1])
    let output = try adain(content, style: style)
    for c in 0..<3 { print("channel \(c): \(output.row(0, c).map(rounded))") }

    // Tone of one style, spread of another: means and standard deviations are separate values.
    let own = try StyleStatistics(content).moments()
    let toneOnly = try StyleMoments(mean: style.mean, standardDeviation: own.standardDeviation)
    let shifted = try AdaptiveInstanceNorm1d<Float>(3)(content, style: toneOnly)
    print("mean alone, channel 1: \(shifted.row(0, 1).map(rounded))")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
