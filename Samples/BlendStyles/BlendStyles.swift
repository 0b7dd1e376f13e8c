import AdaIN

/// Interpolation: several styles blended by weights, which are divided by their sum.
@main
enum BlendStyles {
  static func main() throws {
    let content = try Tensor3<Float>([[[-1, 1]]])
    let styles = [
      try StyleMoments(mean: [10], standardDeviation: [1]),
      try StyleMoments(mean: [-20], standardDeviation: [2]),
      try StyleMoments(mean: [0], standardDeviation: [1]),
    ]
    let adain = AdaptiveInstanceNorm1d<Float>(1)

    // Means and standard deviations blend linearly; a negative weight leads away from its style.
    for weights in [[1, 0, 0], [1, 1, 0], [1, 1, 2], [3, -1, 0]] as [[Double]] {
      let blend = try StyleMoments.interpolated(styles, weights: weights)
      let output = try adain(content, style: blend)
      print("weights \(weights): \(output.row(0, 0).map(rounded))")
    }

    // The same as blending the outputs of the single styles.
    let single = try styles.map { try adain(content, style: $0)[0, 0, 1] }
    print("blended outputs, weights [1.0, 1.0, 2.0]: \((single[0] + single[1] + 2 * single[2]) / 4)")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
