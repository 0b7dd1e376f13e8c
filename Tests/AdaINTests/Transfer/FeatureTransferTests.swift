import AdaIN
import TestSupport
import Testing

@Suite struct FeatureTransferTests {
  @Test func affineTransfersAreTheirFormulas() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 3, 90), seed: 1)
    let style = try Tensor3<Float>.random(TensorShape(2, 3, 70), seed: 2)
    for convention in [AdaINConvention.matched, .originalTorch] {
      let layer = AdaptiveInstanceNorm1d<Float>(3, convention: convention, strength: 0.6)
      let output = try AdaINTransfer(convention: convention)(content, style: style, strength: 0.6)
      #expect(try output == layer(content, style: style))
    }
    let shifted = try MeanTransfer()(content, style: style, strength: 2)
    for n in 0..<2 {
      for c in 0..<3 {
        let step = Reference.mean(style.doubles(n, c)) - Reference.mean(content.doubles(n, c))
        for (y, x) in zip(shifted.doubles(n, c), content.doubles(n, c)) {
          // The sum rounds once; each mean is within √5 · σ · 2⁻²⁴, σ below 10, and counts twice.
          let allowed: Double = 0x1p-23 * (abs(x) + 2 * abs(step)) + 4 * 2.24 * 10 * 0x1p-24
          #expect(abs(y - (x + 2 * step)) <= allowed)
        }
      }
    }
  }

  @Test(arguments: TransferKind.allCases) func everyTransferHandlesChunksStrengthAndItself(kind: TransferKind)
    throws
  {
    let content = try Tensor3<Double>.random(TensorShape(1, 3, 400), seed: 3)
    let style = try Tensor3<Double>.random(TensorShape(1, 3, 350), seed: 4)
    try check(kind.transfer, content, style)
  }

  private func check(_ transfer: some FeatureTransfer, _ content: Tensor3<Double>, _ style: Tensor3<Double>)
    throws
  {
    var (measured, target) = (
      transfer.makeStatistics(numFeatures: 3), transfer.makeStatistics(numFeatures: 3)
    )
    var part = transfer.makeStatistics(numFeatures: 3)
    try measured.accumulate(content.positions(0..<150))
    try part.accumulate(content.positions(150..<400))
    try measured.merge(part)
    try target.accumulate(style)
    let map = try transfer.map(from: measured, to: target)
    let whole = try map(content)
    // Chunks give the same bits, α blends, α = 0 is the content.
    #expect(try map(content.positions(33..<71)) == whole.positions(33..<71))
    #expect(try map(content, strength: 0) == content)
    let half = try map(content, strength: 0.5)
    for (h, (x, y)) in zip(half.scalars, zip(content.scalars, whole.scalars)) {
      #expect(abs(h - (x + y) / 2) <= 1e-13 * 64)
    }
    // The mean is the style's, to the width of a bin for histograms.
    for c in 0..<3 {
      #expect(abs(Reference.mean(whole.doubles(0, c)) - Reference.mean(style.doubles(0, c))) <= 0.05)
    }
    // Content towards itself stays.
    let same = try transfer.map(from: measured, to: measured)(content)
    for (x, y) in zip(content.scalars, same.scalars) { #expect(abs(x - y) <= 1e-9) }
    #expect(throws: ShapeError("expected features of 3 channels, found 2 in [1, 2, 5]")) {
      try map(Tensor3<Double>(shape: TensorShape(1, 2, 5)))
    }
    #expect(throws: StyleError.self) {
      try transfer.map(from: transfer.makeStatistics(numFeatures: 3), to: target)
    }
    #expect(throws: StyleError.self) {
      try transfer.map(from: measured, to: transfer.makeStatistics(numFeatures: 2))
    }
    #expect(throws: ShapeError.self) { try measured.accumulate(Tensor3<Double>(shape: TensorShape(1, 2, 5))) }
    #expect(throws: ShapeError.self) { try measured.merge(transfer.makeStatistics(numFeatures: 4)) }
  }

  @Test func samplesAreMovedByThemselvesOrTowardsOneStyle() throws {
    let content = try Tensor3<Double>.random(TensorShape(2, 2, 60), seed: 5)
    let style = try Tensor3<Double>.random(TensorShape(1, 2, 80), seed: 6)
    for kind in TransferKind.allCases {
      let output = try kind.transfer(content, style: style)
      #expect(output.shape == content.shape)
      for n in 0..<2 {
        let single = try Tensor3(
          shape: TensorShape(1, 2, 60), scalars: content.scalars[n * 120..<(n + 1) * 120])
        #expect(
          try Array(kind.transfer(single, style: style).scalars)
            == Array(output.scalars[n * 120..<(n + 1) * 120]))
      }
      #expect(throws: StyleError.shape(ShapeError("expected a style of 1 or 2 samples, found 3"))) {
        try kind.transfer(content, style: Tensor3<Double>(shape: TensorShape(3, 2, 4)))
      }
    }
  }
}
