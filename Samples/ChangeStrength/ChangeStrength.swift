import AdaIN

/// Strength: how far the content goes towards the style, `α · adain(x) + (1 − α) · x`.
@main
enum ChangeStrength {
  static func main() throws {
    let content = try Tensor3<Float>([[[1, 2, 3, 4, 5]]])
    let style = try Tensor3<Float>([[[6, 8, 10, 12, 14]]])
    var adain = AdaptiveInstanceNorm1d<Float>(1)

    // 1 gives the style's mean and spread, 0 the content's own bits; below 0 leads away, above 1 exaggerates.
    for strength in [-0.5, 0, 0.5, 1, 1.5] {
      adain.strength = strength
      let output = try adain(content, style: style)
      print("strength \(strength): \(output.row(0, 0).map(rounded))")
    }
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
