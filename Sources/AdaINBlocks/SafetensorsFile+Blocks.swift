public import AdaIN
public import Tensors

/// Blocks of networks from safetensors files, under PyTorch's keys.
///
/// A convolution's weight is under `weight`. With weight normalization it is under `weight_g` and `weight_v`, or under
/// `parametrizations.weight.original0` and `original1`, and is folded when it is read.
extension SafetensorsFile {
  /// Reads a convolution whose keys stand under a prefix.
  ///
  /// - Parameters:
  ///   - prefix: The text before each key, for example `conv1.`.
  ///   - type: The scalar type; stored values are converted.
  ///   - geometry: How the kernel is applied, given its number of taps.
  /// - Throws: InterchangeError (`missingKey`, `conversion` or `shape`) that names the key.
  public func convolution1d<Scalar: TensorScalar>(
    prefix: String, as type: Scalar.Type = Scalar.self, geometry: (Int) -> Convolution1d<Scalar>.Geometry
  ) throws(InterchangeError) -> Convolution1d<Scalar> {
    let pairs = [
      ("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ]
    let pair = pairs.first { self[prefix + $0.1] != nil }
    let key = prefix + (pair?.1 ?? "weight")
    let shape = try array(key).shape
    guard shape.count == 3 else {
      throw InterchangeError(
        .shape, source: source, key: key, expected: "three axes", found: "\(shape)")
    }
    let stored = try values(key, as: type)
    let magnitude = if let pair { try values(prefix + pair.0, as: type) } else { nil as [Scalar]? }
    let bias = self[prefix + "bias"] == nil ? nil : try values(prefix + "bias", as: type)
    do {
      let weight =
        if let magnitude {
          try Convolution1d.weightNormalized(direction: stored, magnitude: magnitude)
        } else {
          stored
        }
      return try Convolution1d(weight: weight, shape: shape, bias: bias, geometry: geometry(shape[2]))
    } catch {
      throw InterchangeError(
        .shape, source: source, key: key, expected: "a convolution", found: error.description)
    }
  }

  /// Reads an ``AdaINResBlock1``.
  ///
  /// Its keys are `convs1.i`, `convs2.i`, `adain1.i`, `adain2.i`, `alpha1.i` and `alpha2.i` for each step i.
  ///
  /// - Parameters:
  ///   - prefix: The text before each key, for example `generator.resblocks.0.`.
  ///   - type: The scalar type.
  ///   - dilations: The dilation of each step's first convolution.
  ///   - backend: The backend that computes the convolutions.
  /// - Throws: InterchangeError that names the key.
  public func adaINResBlock1<Scalar: TensorScalar>(
    prefix: String = "", as type: Scalar.Type = Scalar.self, dilations: [Int] = [1, 3, 5],
    backend: any ConvolutionBackend = PlainConvolution()
  ) throws(InterchangeError) -> AdaINResBlock1<Scalar> {
    var steps: [(first: AdaINResBlock1<Scalar>.Half, second: AdaINResBlock1<Scalar>.Half)] = []
    for (index, dilation) in dilations.enumerated() {
      func half(_ number: Int, _ dilation: Int) throws(InterchangeError) -> AdaINResBlock1<Scalar>.Half {
        var norm: AdaIN1d<Scalar> = try adaIN1d(prefix: "\(prefix)adain\(number).\(index).", as: type)
        let key = "\(prefix)alpha\(number).\(index)"
        let alpha = try values(key, as: Double.self)
        guard alpha.count == norm.numFeatures, alpha.allSatisfy(\.isFinite) else {
          throw InterchangeError(
            .shape, source: source, key: key, expected: "\(norm.numFeatures) finite values",
            found: "\(alpha.count) values")
        }
        norm.activation = .snake(alpha: alpha)
        let convolution = try convolution1d(prefix: "\(prefix)convs\(number).\(index).", as: type) {
          .same(kernelSize: $0, dilation: dilation)
        }
        return AdaINResBlock1<Scalar>.Half(norm: norm, convolution: convolution)
      }
      steps.append((try half(1, dilation), try half(2, 1)))
    }
    return AdaINResBlock1(steps: steps, backend: backend)
  }

  /// Reads an ``AdainResBlk1d``.
  ///
  /// Its keys are `norm1`, `norm2`, `conv1`, `conv2`, and `pool` and `conv1x1` where the file has them.
  ///
  /// - Parameters:
  ///   - prefix: The text before each key, for example `decode.3.`.
  ///   - type: The scalar type.
  ///   - slope: The slope of LeakyReLU below 0.
  ///   - backend: The backend that computes the convolutions.
  /// - Throws: InterchangeError that names the key.
  public func adainResBlk1d<Scalar: TensorScalar>(
    prefix: String = "", as type: Scalar.Type = Scalar.self, slope: Double = 0.2,
    backend: any ConvolutionBackend = PlainConvolution()
  ) throws(InterchangeError) -> AdainResBlk1d<Scalar> {
    var norm1: AdaIN1d<Scalar> = try adaIN1d(prefix: prefix + "norm1.", as: type)
    var norm2: AdaIN1d<Scalar> = try adaIN1d(prefix: prefix + "norm2.", as: type)
    norm1.activation = .leakyReLU(slope: slope)
    norm2.activation = .leakyReLU(slope: slope)
    let channels = norm1.numFeatures
    var (pool, shortcut): (Convolution1d<Scalar>?, Convolution1d<Scalar>?)
    if names.contains(where: { $0.hasPrefix(prefix + "pool.") }) {
      pool = try convolution1d(prefix: prefix + "pool.", as: type) { _ in
        .init(padding: 1, groups: channels, transposed: (stride: 2, outputPadding: 1))
      }
    }
    if names.contains(where: { $0.hasPrefix(prefix + "conv1x1.") }) {
      shortcut = try convolution1d(prefix: prefix + "conv1x1.", as: type) { .same(kernelSize: $0) }
    }
    return AdainResBlk1d(
      norm1: norm1, pool: pool,
      convolution1: try convolution1d(prefix: prefix + "conv1.", as: type) { .same(kernelSize: $0) },
      norm2: norm2,
      convolution2: try convolution1d(prefix: prefix + "conv2.", as: type) { .same(kernelSize: $0) },
      shortcut: shortcut, backend: backend)
  }
}
