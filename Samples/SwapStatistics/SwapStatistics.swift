import AdaIN

/// Gives a tensor the mean and spread of another: AdaIN, with strength and with a blend of two styles.
@main
enum SwapStatistics {
  static func main() throws {
    // 1 sample, 2 channels; content and style may differ in length.
    let content = try Tensor3<Float>([[[1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 0, 5]]])
    let style = try Tensor3<Float>([[[-20, -10, -20, -10], [7, 7.5, 8, 8.5]]])
    var adain = AdaptiveInstanceNorm1d<Float>(2)

    try show("content", content)
    try show("style", style)
    try show("restyled", adain(content, style: style))

    adain.strength = 0.5
    try show("half way", adain(content, style: style))

    // Statistics are values: they can be stored, merged, and blended with those of other styles.
    adain.strength = 1
    let first = try StyleStatistics(style).moments()
    let second = try StyleMoments(mean: [5, 0], standardDeviation: [3, 1])
    let blend = try StyleMoments.interpolated([first, second], weights: [1, 1])
    try show("half one style, half another", adain(content, style: blend))
  }

  /// Prints mean and standard deviation of each channel.
  private static func show(_ name: String, _ tensor: Tensor3<Float>) throws {
    let moments = try StyleStatistics(tensor).moments()
    print(
      "\(name): mean \(moments.mean.map(rounded)), standard deviation \(moments.standardDeviation.map(rounded))"
    )
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Double) -> Double {
    (x * 1000).rounded() / 1000 + 0
  }
}
