import InstanceNorm
import Tensors

/// `InstanceNorm1d` on padded batches and on sequences that arrive in chunks.
@main
enum StreamAndMask {
  static func main() throws {
    // Sequences of lengths 4 and 2, padded to 4: statistics come from what is valid.
    let batch = try Tensor3<Float>([[[1, 2, 3, 4]], [[10, 30, 99, 99]]])
    let norm = InstanceNorm1d<Float>(1)
    for padding in [PaddingRule.keep, .zero] {
      let output = try norm(batch, lengths: [4, 2], padding: padding)
      for n in 0..<2 {
        print("padding \(padding.rawValue), sample \(n): \(output.row(n, 0).map(rounded))")
      }
    }
    let holes = try PositionMask([[true, false, false, true], [true, true, false, false]])
    print("holes, sample 0: \(try norm(batch, mask: holes).row(0, 0).map(rounded))")

    // Causal: each position is normalized by what has come so far; chunks give the bits of the whole.
    var stream = StreamingInstanceNorm1d(norm)
    for chunk in [[1, 2, 3], [4]] as [[Float]] {
      print("chunk: \(try stream.process(Tensor3([[chunk]])).row(0, 0).map(rounded))")
    }
    let (mean, variance) = (stream.statistics[0].mean, stream.statistics[0].variance)
    print("so far: mean \(mean), variance \(variance)")

    // Or by the recent past, where the newest position counts for half.
    var recent = StreamingInstanceNorm1d(norm, memory: .exponential(share: 0.5))
    let output = try recent.process(Tensor3([[[0, 0, 0, 4]]]))
    print("recent: \(output.row(0, 0).map(rounded)), mean \(recent.statistics[0].mean)")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
