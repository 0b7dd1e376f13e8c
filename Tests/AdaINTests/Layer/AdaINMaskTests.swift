import AdaIN
import TestSupport
import Testing

/// Padded batches: what is valid is worked on as if nothing else were there.
@Suite struct AdaINMaskTests {
  static func style() throws -> StyleMoments {
    try StyleMoments(
      mean: [1, -20, 3.5, 7, 5, -0.25, 2, 9], standardDeviation: [2, 0.5, -3, 1, 0.125, 0.75, 11, 4],
      batchSize: 4)
  }

  /// Sample n of moments.
  static func sample(_ style: StyleMoments, _ n: Int) throws -> StyleMoments {
    let at = n * style.numFeatures..<(n + 1) * style.numFeatures
    return try StyleMoments(
      mean: Array(style.mean[at]), standardDeviation: Array(style.standardDeviation[at]))
  }

  /// The valid values of sample n as a tensor of their own.
  static func alone<Scalar>(
    _ tensor: Tensor3<Scalar>, _ mask: PositionMask, _ n: Int
  ) throws -> Tensor3<Scalar> {
    try Tensor3([
      (0..<tensor.shape.c).map { c in
        let row = Array(tensor.row(n, c))
        return mask.spans[n].flatMap { row[$0] }
      }
    ])
  }

  private func check<Scalar: TensorScalar>(_ type: Scalar.Type, _ mask: PositionMask) throws {
    let shape = TensorShape(4, 2, mask.length)
    let style = try Self.style()
    var content = try Tensor3<Scalar>.random(shape, seed: 3)
    let g = try Tensor3<Scalar>.random(shape, seed: 4)
    let padded = (0..<4).map { positions(outside: mask.spans[$0], count: mask.length) }
    // Nothing that the padding holds may show.
    for n in 0..<4 { for l in padded[n] { content[n, 1, l] = .nan } }
    for padding in PaddingRule.allCases {
      let layer = AdaptiveInstanceNorm1d<Scalar>(2, convention: .originalTorch, strength: 0.5)
      let output = try layer(content, style: style, mask: mask, padding: padding)
      var into = Tensor3<Scalar>(shape: shape, repeating: 3)
      try layer(content, style: style, mask: mask, padding: padding, into: &into)
      var inPlace = content
      try layer(inPlace: &inPlace, style: style, mask: mask, padding: padding)
      let gradient = try layer.gradient(
        at: content, style: style, mask: mask, padding: padding, outputGradient: g)
      for n in 0..<4 {
        let own = try Self.sample(style, n)
        let (x, gAlone) = (try Self.alone(content, mask, n), try Self.alone(g, mask, n))
        let expected = try layer(x, style: own)
        for form in [output, into, inPlace] { #expect(try Self.alone(form, mask, n) == expected) }
        let back = try layer.gradient(at: x, style: own, outputGradient: gAlone)
        #expect(try Self.alone(gradient.content, mask, n) == back.content)
        for c in 0..<2 {
          var mean = back.style.mean[c]
          let constant: Scalar? = [.zero: 0, .bias: Scalar(0.5 * own.mean[c])][padding]
          // NaN is kept, and equals nothing.
          let written = padded[n].map { constant ?? (c == 1 ? -1 : content[n, c, $0]) }
          for form in [output, into, inPlace] {
            #expect(padded[n].map { form[n, c, $0] }.map { $0.isNaN && c == 1 ? -1 : $0 } == written)
          }
          let passed = padded[n].map { g[n, c, $0] }
          #expect(padded[n].map { gradient.content[n, c, $0] } == passed.map { padding == .keep ? $0 : 0 })
          if padding == .bias { mean = passed.reduce(mean) { $0 + 0.5 * Double($1) } }
          #expect(gradient.style.mean[n * 2 + c] == mean)
          #expect(gradient.style.standardDeviation[n * 2 + c] == back.style.standardDeviation[c])
        }
      }
    }
    let measured = try StyleStatistics(content, mask: mask)
    for n in 0..<4 {
      let alone = StyleStatistics(try Self.alone(content, mask, n))
      #expect(Array(measured.channels[n * 2..<n * 2 + 2]) == alone.channels)
    }
    #expect(try StyleStatistics(content, mask: mask, pooling: .shared) == measured.pooled)
  }

  @Test func equalsEachSampleAlone() throws {
    var random = SplitMix64(state: 9)
    let scattered = try PositionMask(
      (0..<4).map { _ in (0..<700).map { _ in random.next() % 3 > 0 } })
    for mask in [try PositionMask(lengths: [1500, 17, 0, 1029], length: 1500), scattered] {
      try check(Float.self, mask)
      try check(Double.self, mask)
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      try check(Float16.self, mask)
      #endif
    }
  }

  @Test func lengthsStatisticsAndPreservedChannels() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 2, 30), seed: 5)
    let style = try StyleMoments(mean: [1, 2], standardDeviation: [3, 4])
    let mask = try PositionMask(lengths: [30, 12], length: 30)
    var layer = AdaptiveInstanceNorm1d<Float>(2)
    #expect(
      try layer(content, style: style, lengths: [30, 12], padding: .zero)
        == layer(content, style: style, mask: mask, padding: .zero))
    #expect(try StyleStatistics(content, lengths: [30, 12]) == StyleStatistics(content, mask: mask))
    // Measured before, the statistics of the valid positions give the same bits.
    let measured = try StyleStatistics(content, mask: mask)
    #expect(
      try layer(content, style: style, contentStatistics: measured, mask: mask)
        == layer(content, style: style, mask: mask))
    layer.preservedChannels = [1]
    let kept = try layer(content, style: style, mask: mask, padding: .bias)
    #expect(kept.row(1, 1) == content.row(1, 1) && kept[1, 0, 20] == 1)
    #expect(try layer(content, style: style, mask: mask, padding: .zero)[1, 1, 20] == 0)
  }

  @Test func aPaddedFrameChangesNothing() throws {
    let short = try Tensor3<Float>.random(TensorShape(1, 2, 50), seed: 6)
    let style = try StyleMoments(mean: [1, 2], standardDeviation: [3, 4])
    let layer = AdaptiveInstanceNorm1d<Float>(2, convention: .adainVC)
    let expected = try layer(short, style: style)
    for extra in [1, 2, 300] {
      var padded = Tensor3<Float>(shape: TensorShape(1, 2, 50 + extra), repeating: 7)
      for c in 0..<2 { for l in 0..<50 { padded[0, c, l] = short[0, c, l] } }
      let output = try layer(padded, style: style, lengths: [50], padding: .zero)
      #expect(try output.positions(0..<50) == expected)
      #expect(try output.positions(50..<50 + extra).scalars.allSatisfy { $0 == 0 })
    }
  }

  @Test func errorsNameExpectedAndFound() throws {
    let content = Tensor3<Float>(shape: TensorShape(2, 2, 5))
    let style = try StyleMoments(mean: [1, 2], standardDeviation: [3, 4])
    let layer = AdaptiveInstanceNorm1d<Float>(2, convention: .pytorchAdaIN)
    #expect(throws: ShapeError("expected a mask of size [2, 5], found [2, 4]")) {
      try layer(content, style: style, mask: PositionMask(lengths: [1, 2], length: 4))
    }
    #expect(throws: ShapeError("expected a mask of size [2, 5], found [1, 5]")) {
      try StyleStatistics(content, lengths: [5])
    }
    #expect(
      throws: ShapeError(
        "expected at least 2 valid positions for the unbiased estimator, found 1 in sample 1")
    ) {
      try layer(content, style: style, lengths: [5, 1])
    }
  }
}
