import AdaIN

/// Beyond mean and spread: the style's whole distribution, channel by channel.
@main
enum MatchDistributions {
  static func main() throws {
    let content = try Tensor3<Float>([[[3, 1, 2, 5, 4]]])
    let style = try Tensor3<Float>([[[0, 10, 0, 100, 1]]])

    // AdaIN keeps the shape of the content's distribution; exact matching gives the style's own values.
    let adain = try AdaINTransfer()(content, style: style)
    print("adain: \(adain.row(0, 0).map(rounded))")
    let exact = try ExactDistributionMatching()(content, style: style)
    print("exact: \(exact.row(0, 0).map(rounded))")

    // In a stream: measure both in chunks, then map frame by frame.
    let quantiles = QuantileTransfer()
    var (measured, target) = (
      quantiles.makeStatistics(numFeatures: 1), quantiles.makeStatistics(numFeatures: 1)
    )
    for chunk in [[3, 1, 2], [5, 4]] as [[Float]] { try measured.accumulate(Tensor3([[chunk]])) }
    try target.accumulate(style)
    let map = try quantiles.map(from: measured, to: target)
    print("in a stream: \(try map(content).row(0, 0).map(rounded))")
    print("between the values: \(map(2.5, channel: 0)), beyond them: \(map(6, channel: 0))")
    print("ranks are off by at most: \(map.rankErrorBounds)")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
