import AdaIN
import TestSupport
import Testing

/// The default convention on data that are hard for it: the output's mean and standard deviation are the style's.
@Suite struct MatchedMomentsTests {
  /// Content rows by what makes them hard.
  enum Content: CaseIterable, Sendable {
    case plain, hugeMean, tinySpread, oneOutlier, twoValues, tinyValues, hugeValues, risingSteps

    /// Values in the range of a scalar type whose numbers have `digits` binary digits.
    func row(_ length: Int, digits: Int, seed: UInt64) -> [Double] {
      var random = SplitMix64(state: seed)
      // The mean is so large that the type holds a spread of 1 with 4 steps to the standard deviation.
      let far = Double(sign: .plus, exponent: digits - 2, significand: 1)
      let (small, large) = digits < 12 ? (0x1p-10, 0x1p10) : (1e-30, 1e30)
      return (0..<length).map { i in
        switch self {
        case .plain: random.normal() * 3 - 7
        case .hugeMean: random.normal() + far
        case .tinySpread: 1 + (random.normal() * 2).rounded() * 4 / far
        case .oneOutlier: i == length / 2 ? far / 8 : random.normal()
        case .twoValues: i % 2 == 0 ? far : far + 1
        case .tinyValues: random.normal() * small
        case .hugeValues: random.normal() * large
        case .risingSteps: Double(i % 1000)
        }
      }
    }
  }

  /// - Parameter tolerance: Relative to σs and |μs|, beside which the output is rounded.
  private func check<Scalar: TensorScalar>(
    _ type: Scalar.Type, _ content: Content, _ length: Int, tolerance: Double
  ) throws {
    let digits = Scalar.significandBitCount + 1
    let row = content.row(length, digits: digits, seed: UInt64(length)).map { Scalar($0) }
    guard Set(row).count > 1 else { return }
    let tensor = try Tensor3(shape: TensorShape(1, 1, length), scalars: row)
    for (mean, deviation) in [(0, 1), (-40, 6), (3, 0.01), (1000, 20)] as [(Double, Double)] {
      for estimator in VarianceEstimator.allCases {
        let layer = AdaptiveInstanceNorm1d<Scalar>(1, convention: .matched(estimator))
        let output = try layer(tensor, style: StyleMoments(mean: [mean], standardDeviation: [deviation]))
        let reached = Reference.wideMoments(output.doubles, estimator)
        let allowed = tolerance * (abs(mean) + deviation)
        let comment: Comment = "\(type), \(content), length \(length), towards \(mean), \(deviation)"
        #expect(abs(reached.mean - mean) <= allowed, comment)
        #expect(abs(reached.deviation - deviation) <= allowed, comment)
      }
    }
  }

  @Test(arguments: Content.allCases) func floatIsWithinAMillionth(content: Content) throws {
    for length in [2, 3, 8, 17, 1023, 1025, TestScale.size(200_000, unoptimized: 2000)] {
      try check(Float.self, content, length, tolerance: 1e-6)
    }
  }

  @Test(arguments: Content.allCases) func doubleIsWithinOneIn10To14(content: Content) throws {
    for length in [2, 3, 8, 17, 1023, 1025, TestScale.size(50_000, unoptimized: 2000)] {
      try check(Double.self, content, length, tolerance: 1e-14)
    }
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  /// Each value is rounded to 11 binary digits, 2⁻¹¹ of its size; of two standard deviations from the mean in the mean
  /// square at most where one value stands out.
  @Test(arguments: Content.allCases) func halfIsWithinItsRounding(content: Content) throws {
    for length in [2, 3, 8, 17, 1023] { try check(Float16.self, content, length, tolerance: 0x1p-10) }
  }
  #endif

  @Test func theSmallestAndTheLargestSpreadsOfDouble() throws {
    for scale in [1e-140, 1e140] {
      let tensor = try Tensor3<Double>([[[1, 2, 4, -3].map { $0 * scale }]])
      let output = try AdaptiveInstanceNorm1d<Double>(1)(
        tensor, style: StyleMoments(mean: [5], standardDeviation: [2]))
      let reached = Reference.wideMoments(output.doubles, .biased)
      #expect(abs(reached.mean - 5) <= 1e-14 && abs(reached.deviation - 2) <= 1e-14)
    }
  }

  /// σc = 0 gives μs exactly, in every type, at any length and far from zero; strength blends exactly with it.
  @Test func constantRowsGiveTheStylesMean() throws {
    func check<Scalar: TensorScalar>(_ type: Scalar.Type) throws {
      for length in [1, 2, 7, 1024, 5000] {
        for value in [0, 0.1, -3e4] as [Double] {
          let content = Tensor3<Scalar>(shape: TensorShape(1, 1, length), repeating: Scalar(value))
          var layer = AdaptiveInstanceNorm1d<Scalar>(1)
          let style = try StyleMoments(mean: [0.7], standardDeviation: [3])
          #expect(try layer(content, style: style).scalars.allSatisfy { $0 == Scalar(0.7) })
          layer.strength = 0.25
          let blend = Scalar(0.25 * 0.7 + 0.75 * Double(Scalar(value)))
          #expect(try layer(content, style: style).scalars.allSatisfy { $0 == blend })
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try check(Float16.self)
    #endif
  }

  /// Powers of two and integers: every step of `α · adain(x) + (1 − α) · x` is exact, so the blend must be as well.
  @Test(arguments: [-1, -0.5, 0, 0.25, 0.5, 0.75, 1, 2, 4]) func strengthBlendsExactly(strength: Double)
    throws
  {
    let content = try Tensor3<Float>([[[1, 3, 1, 3, 5, 3, 5, 3]]])
    let spread = 2.0.squareRoot()
    let style = try StyleMoments(mean: [-8], standardDeviation: [4 * spread])
    let output = try AdaptiveInstanceNorm1d<Float>(1, strength: strength)(content, style: style)
    for (y, x) in zip(output.doubles, content.doubles) {
      #expect(y == strength * (4 * (x - 3) - 8) + (1 - strength) * x)
    }
  }
}
