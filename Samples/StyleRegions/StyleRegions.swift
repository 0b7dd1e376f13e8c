import AdaIN

/// Regions: parts of a sequence with styles of their own, with hard and with cross-faded borders.
@main
enum StyleRegions {
  static func main() throws {
    let content = try Tensor3<Float>([[[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]]])
    let low = try StyleMoments(mean: [10], standardDeviation: [1])
    let high = try StyleMoments(mean: [20], standardDeviation: [1])
    let adain = AdaptiveInstanceNorm1d<Float>(1)

    // Each region is measured and restyled by itself; a fade mixes the two around their border.
    for fade in [0, 4] {
      let regions = [
        StyleRegion(spans: [0..<6], length: 12, fade: fade, style: low),
        StyleRegion(spans: [6..<12], length: 12, fade: fade, style: high),
      ]
      print("fade \(fade): \(try adain(content, regions: regions).row(0, 0).map(rounded))")
    }

    // Where no region lies the content stays, and a region may have a strength of its own.
    let part = StyleRegion(spans: [2..<4], length: 12, style: high, strength: 0.5)
    print("part: \(try adain(content, regions: [part]).row(0, 0).map(rounded))")

    // Any mask of weights will do, and the content may be measured elsewhere than it is restyled.
    let mask: [Double] = [1, 1, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]
    let everywhere = Array(repeating: 1.0, count: 12)
    let masked = try StyleRegion(mask: mask, measured: everywhere, style: low)
    print("mask: \(try adain(content, regions: [masked]).row(0, 0).map(rounded))")
  }

  /// Three decimals are enough to look at.
  private static func rounded(_ x: Float) -> Float {
    (x * 1000).rounded() / 1000 + 0
  }
}
