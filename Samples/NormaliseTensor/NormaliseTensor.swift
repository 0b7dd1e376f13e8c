import InstanceNorm
import Tensors

/// Normalises a tensor with `InstanceNorm1d`: a training step, then evaluation with the running statistics.
@main
enum NormaliseTensor {
  static func main() throws {
    // 2 samples, 3 channels, length 4.
    let input = try Tensor3<Float>([
      [[1, 2, 3, 4], [10, 10, 30, 30], [-1, 1, -1, 1]],
      [[0, 0, 0, 8], [5, 5, 5, 5], [100, 102, 104, 106]],
    ])

    var norm = InstanceNorm1d<Float>(3, affine: true, trackRunningStats: true)
    norm.weight = [1, 2, 0.5]
    norm.bias = [0, 10, -1]

    // Each row gets its channel's bias as mean and |weight| as standard deviation; a constant row becomes the bias.
    let output = try norm.trainingStep(input)
    for n in 0..<2 {
      for c in 0..<3 {
        print("sample \(n), channel \(c): \(output.row(n, c).map(rounded))")
      }
    }

    // The step moved the running statistics a tenth of the way; evaluation uses them.
    print("running mean: \((norm.runningMean ?? []).map(rounded))")
    print("running variance: \((norm.runningVar ?? []).map(rounded))")
    let evaluated = try norm(input)
    print("evaluated, sample 0, channel 0: \(evaluated.row(0, 0).map(rounded))")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
