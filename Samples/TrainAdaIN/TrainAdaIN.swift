import AdaIN

/// Gradients: learning a style's mean and standard deviation from a wanted output.
@main
enum TrainAdaIN {
  static func main() throws {
    let content = try Tensor3<Double>([[[1, 2, 3, 4]]])
    let adain = AdaptiveInstanceNorm1d<Double>(1)
    let wanted = try adain(content, style: StyleMoments(mean: [10], standardDeviation: [3]))

    // Loss ½ Σ (y − wanted)², whose gradient at the output is y − wanted.
    var style = try StyleMoments(mean: [0], standardDeviation: [1])
    for step in 0...20 {
      let output = try adain(content, style: style)
      let difference = try Tensor3(
        shape: output.shape, scalars: zip(output.scalars, wanted.scalars).map { $0 - $1 })
      let loss = difference.scalars.reduce(0) { $0 + $1 * $1 } / 2
      if step < 4 || step == 20 {
        let (mean, deviation) = (rounded(style.mean[0]), rounded(style.standardDeviation[0]))
        print("step \(step): mean \(mean), standard deviation \(deviation), loss \(rounded(loss))")
      }
      let gradient = try adain.gradient(at: content, style: style, outputGradient: difference)
      style = try StyleMoments(
        mean: [style.mean[0] - gradient.style.mean[0] / 8],
        standardDeviation: [style.standardDeviation[0] - gradient.style.standardDeviation[0] / 8])
    }

    // The gradient of the content: normalization takes out what would only move its mean or spread.
    let one = try Tensor3<Double>([[[1, 0, 0, 0]]])
    let gradient = try adain.gradient(at: content, style: style, outputGradient: one)
    print("content gradient: \(gradient.content.row(0, 0).map(rounded))")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Double) -> Double {
    (x * 1000).rounded() / 1000 + 0
  }
}
