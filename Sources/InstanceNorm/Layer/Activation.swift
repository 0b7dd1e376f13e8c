public import Tensors

/// An activation function that a layer applies in the same pass as the norm, while the values are in the cache.
public enum Activation: Hashable, Sendable, Codable {
  /// max(v, 0).
  case relu
  /// v for v ≥ 0, slope · v for v < 0.
  case leakyReLU(slope: Double)
  /// v + sin²(α v) / α with an α for each channel, shape (C); v where α is 0.
  ///
  /// `Float` and `Float16` are computed in `Float`: the error of sin²(α v) is within 2·10⁻⁷ for |α v| up to 10⁷. Beyond
  /// 2²³ the computed sin² only stays between 0 and 1. Source: Ziyin, Hartwig and Ueda, 2020 (arXiv 2006.08195).
  case snake(alpha: [Double])

  /// Decodes an activation.
  ///
  /// - Throws: DecodingError, also for a slope or α that is not finite.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func check(_ numbers: [Double], _ key: CodingKeys) throws {
      if let number = numbers.first(where: { !$0.isFinite }) {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "expected finite numbers, found \(number)")
      }
    }
    switch try values.decode(Kind.self, forKey: .kind) {
    case .relu: self = .relu
    case .leakyReLU:
      let slope = try values.decode(Double.self, forKey: .slope)
      try check([slope], .slope)
      self = .leakyReLU(slope: slope)
    case .snake:
      let alpha = try values.decode([Double].self, forKey: .alpha)
      try check(alpha, .alpha)
      self = .snake(alpha: alpha)
    }
  }

  /// Encodes `kind` and, where there is one, `slope` or `alpha`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .relu: try values.encode(Kind.relu, forKey: .kind)
    case .leakyReLU(let slope):
      try values.encode(Kind.leakyReLU, forKey: .kind)
      try values.encode(slope, forKey: .slope)
    case .snake(let alpha):
      try values.encode(Kind.snake, forKey: .kind)
      try values.encode(alpha, forKey: .alpha)
    }
  }

  private enum Kind: String, Codable {
    case relu, leakyReLU, snake
  }

  private enum CodingKeys: String, CodingKey {
    case kind, slope, alpha
  }

  /// Why the activation does not fit a layer of C channels, as an error message; nil where it fits.
  func problem(numFeatures: Int) -> String? {
    switch self {
    case .relu: nil
    case .leakyReLU(let slope): slope.isFinite ? nil : "expected a finite slope, found \(slope)"
    case .snake(let alpha):
      if alpha.count != numFeatures {
        "expected \(numFeatures) values of α, found \(alpha.count)"
      } else {
        alpha.first { !$0.isFinite }.map { "expected finite values of α, found \($0)" }
      }
    }
  }
}

/// Activations by themselves.
extension Activation {
  /// Applies the activation to a tensor of shape (N, C, L), with the bits that the norm's own pass gives.
  ///
  /// - Throws: ShapeError where the number of α is not C, or a slope or α is not finite; `tensor` is then unchanged.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace tensor: inout Tensor3<Scalar>, device: ComputeDevice = .cpu
  ) throws(ShapeError) {
    let shape = tensor.shape
    if let problem = problem(numFeatures: shape.c) { throw ShapeError(problem) }
    unsafe tensor.withMutableScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      unsafe RowThreads.forEach(
        rowCount: shape.rowCount, rowLength: shape.l, device: device, sharing: base
      ) { first, rows in
        for row in rows {
          let at = unsafe first + row * shape.l
          unsafe withUnsafePointer(to: RowActivation(self, channel: row % shape.c)) { activation in
            let map = unsafe RowMap.activated(nil, RowFinish<Scalar>(activation: activation, residual: nil))
            let row = unsafe PendingRow(map: map, source: UnsafePointer(at), target: at, streaming: false)
            unsafe RowKernel.write(row, count: shape.l, device.kernels)
          }
        }
      }
    }
  }
}
