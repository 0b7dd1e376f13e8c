public import InstanceNorm

/// Which estimators an implementation of AdaIN uses for content and style, and where it adds eps.
///
/// `adain(x) = σs · (x − μc) / σc + μs`; implementations differ in σc and σs. Only ``matched`` gives the output
/// exactly the style's mean and standard deviation.
public struct AdaINConvention: Hashable, Codable, Sendable {
  /// How σc follows from the content's variance.
  public var content: DeviationRule
  /// How σs follows from the style's variance.
  public var style: DeviationRule

  /// Creates a convention.
  public init(content: DeviationRule, style: DeviationRule) {
    self.content = content
    self.style = style
  }

  /// The same estimator on both sides and no eps.
  ///
  /// The output has the style's statistics, and a constant row becomes exactly the style's mean.
  public static func matched(_ estimator: VarianceEstimator) -> AdaINConvention {
    AdaINConvention(content: DeviationRule(estimator), style: DeviationRule(estimator))
  }

  /// ``matched(_:)`` with the biased estimator: the default.
  public static let matched = matched(.biased)

  /// The paper's own code for Torch 7: σc = √(σ² + 1e-5), σs = √σ², both biased.
  ///
  /// Its style deviation is `std(3, true)`, where Torch 7's flag divides by n.
  /// Source: <https://github.com/xunhuang1995/AdaIN-style>, `lib/AdaptiveInstanceNormalization.lua`.
  public static let originalTorch = AdaINConvention(
    content: DeviationRule(.biased, eps: 1e-5), style: DeviationRule(.biased))

  /// The widespread port to PyTorch: √(σ² + 1e-5) on both sides, both unbiased.
  ///
  /// Source: <https://github.com/naoto0804/pytorch-AdaIN>, `function.py`.
  public static let pytorchAdaIN = AdaINConvention(
    content: DeviationRule(.unbiased, eps: 1e-5), style: DeviationRule(.unbiased, eps: 1e-5))

  /// AGAIN-VC (Chen and others 2021): √(σ² + 1e-5) on both sides, both unbiased; the same as ``pytorchAdaIN``.
  ///
  /// Source: <https://github.com/KimythAnly/AGAIN-VC>, `model/again.py`.
  public static let againVC = pytorchAdaIN

  /// RAVE's AdaIN block: σc = √σ² + 1e-5, σs = √σ², both unbiased.
  ///
  /// RAVE averages the standard deviations of successive buffers; hand in such averages as ``StyleMoments`` and
  /// content statistics. Source: <https://github.com/acids-ircam/RAVE>, `rave/blocks.py`.
  public static let rave = AdaINConvention(
    content: DeviationRule(.unbiased, eps: 1e-5, placement: .outsideRoot), style: DeviationRule(.unbiased))

  /// AdaIN-VC (Chou and others 2019): instance normalization with eps 1e-5, then a learned affine map.
  ///
  /// Use with ``StyleMoments/init(meanThenStandardDeviation:batchSize:)``; for a style given as statistics,
  /// σs = √σ², biased. Source: <https://github.com/jjery2243542/adaptive_voice_conversion>, `model.py`.
  public static let adainVC = AdaINConvention(
    content: DeviationRule(.biased, eps: 1e-5), style: DeviationRule(.biased))

  /// StyleGAN (Karras and others 2019): instance normalization with eps 1e-8, then `x · (1 + γ) + β`.
  ///
  /// Use with ``StyleMoments/init(gamma:beta:batchSize:)``; for a style given as statistics, σs = √σ², biased.
  /// Source: <https://github.com/NVlabs/stylegan>, `training/networks_stylegan.py`.
  public static let styleGAN = AdaINConvention(
    content: DeviationRule(.biased, eps: 1e-8), style: DeviationRule(.biased))

  /// The conventions with a name, in the order of this page.
  public static let named: [(name: String, convention: AdaINConvention)] = [
    ("matched", .matched), ("matchedUnbiased", .matched(.unbiased)), ("originalTorch", .originalTorch),
    ("pytorchAdaIN", .pytorchAdaIN), ("againVC", .againVC), ("rave", .rave), ("adainVC", .adainVC),
    ("styleGAN", .styleGAN),
  ]
}
