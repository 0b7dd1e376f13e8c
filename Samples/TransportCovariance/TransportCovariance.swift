import AdaIN

/// Beyond single channels: Gaussian transport gives frames the style's covariance as well.
@main
enum TransportCovariance {
  static func main() throws {
    let content = try Tensor3<Double>([[[1, 1, -1, -1], [1, -1, 1, -1]]])
    let style = try Tensor3<Double>([[[13, 11, 9, 7], [3, -1, 1, -3]]])
    print("content: covariance \(try covariance(content))")
    print("style: covariance \(try covariance(style))")

    // AdaIN treats channels one by one, so they stay uncorrelated.
    let adain = try AdaINTransfer()(content, style: style)
    print("adain: covariance \(try covariance(adain))")
    let transport = GaussianTransport(shrinkage: .none)
    let output = try transport(content, style: style)
    print("transport: covariance \(try covariance(output))")
    for c in 0..<2 { print("transport, channel \(c): \(output.row(0, c).map(rounded))") }

    // With so few frames the default shrinks covariances towards a multiple of the identity.
    let share = try measured(style).share(of: .automatic)
    print("share of the identity with 4 frames of 2 channels: \(rounded(share))")
  }

  private static func measured(_ tensor: Tensor3<Double>) throws -> CovarianceStatistics {
    var statistics = CovarianceStatistics(numFeatures: tensor.shape.c)
    try statistics.accumulate(tensor)
    return statistics
  }

  private static func covariance(_ tensor: Tensor3<Double>) throws -> [Double] {
    try measured(tensor).covariance().map(rounded)
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Double) -> Double {
    (x * 1000).rounded() / 1000 + 0
  }
}
