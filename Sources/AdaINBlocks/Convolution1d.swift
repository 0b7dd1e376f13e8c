public import Tensors

/// A one-dimensional convolution with stride 1, as `nn.Conv1d` has it, or its transpose with a stride.
///
/// Forward: `y[n, o, l] = b[o] + Σ w[o, i, k] · x[n, i, l + k · dilation − padding]`, over the inputs i of o's group.
/// Transposed, `nn.ConvTranspose1d`: x[n, i, l] adds `w[i, o, k] · x` to y[n, o, l · stride + k · dilation − padding].
///
/// | symbol | shape | |
/// |---|---|---|
/// | x | (N, Cin, L) | input; zeros outside |
/// | w | (Cout, Cin / groups, K); transposed (Cin, Cout / groups, K) | ``weight``, row-major |
/// | b | (Cout) | ``bias``; nil for none |
public struct Convolution1d<Scalar: TensorScalar>: Hashable, Sendable {
  /// The number of input channels.
  public let inputChannels: Int
  /// The number of output channels.
  public let outputChannels: Int
  /// The number of taps K.
  public let kernelSize: Int
  /// w, row-major.
  public let weight: [Scalar]
  /// b; nil for none.
  public let bias: [Scalar]?
  /// How the kernel is applied: dilation, padding, groups and transposition.
  public let geometry: Geometry

  /// How a kernel is applied.
  public struct Geometry: Hashable, Sendable {
    /// The distance of neighbouring taps, in positions.
    public var dilation = 1
    /// The number of zeros on each side of the input; for a transposed convolution, of outputs dropped on each side.
    public var padding = 0
    /// The number of groups of channels that are convolved by themselves.
    public var groups = 1
    /// The stride of a transposed convolution and the number of outputs added at its end; nil for a plain convolution.
    public var transposed: (stride: Int, outputPadding: Int)? {
      get { stride.map { ($0, outputPadding) } }
      set { (stride, outputPadding) = (newValue?.stride, newValue?.outputPadding ?? 0) }
    }
    private var stride: Int?
    private var outputPadding = 0

    /// Creates a geometry.
    public init(
      dilation: Int = 1, padding: Int = 0, groups: Int = 1,
      transposed: (stride: Int, outputPadding: Int)? = nil
    ) {
      self.dilation = dilation
      self.padding = padding
      self.groups = groups
      self.transposed = transposed
    }

    /// The geometry that keeps the length, for an odd number of taps.
    public static func same(kernelSize: Int, dilation: Int = 1) -> Geometry {
      Geometry(dilation: dilation, padding: (kernelSize - 1) * dilation / 2)
    }
  }

  /// Creates a convolution.
  ///
  /// - Parameters:
  ///   - weight: w, row-major.
  ///   - shape: The three extents of w.
  ///   - bias: b; nil for none.
  ///   - geometry: How the kernel is applied.
  /// - Throws: ShapeError where the extents, the geometry and the numbers of values do not fit each other.
  public init(
    weight: [Scalar], shape: [Int], bias: [Scalar]? = nil, geometry: Geometry = Geometry()
  ) throws(ShapeError) {
    let (groups, isTransposed) = (geometry.groups, geometry.transposed != nil)
    guard shape.count == 3, shape.allSatisfy({ $0 >= 1 }), groups >= 1, shape[0].isMultiple(of: groups),
      geometry.dilation >= 1, geometry.padding >= 0, (geometry.transposed?.stride ?? 1) >= 1,
      (geometry.transposed?.outputPadding ?? 0) >= 0
    else {
      throw ShapeError(
        "expected a weight of three extents of at least 1, the first a multiple of the groups, and a dilation and stride of "
          + "at least 1, found \(shape), \(groups) groups and dilation \(geometry.dilation)")
    }
    let count = try TensorShape(checking: shape[0], shape[1], shape[2]).count
    guard weight.count == count else {
      throw ShapeError("expected \(count) weights for the shape \(shape), found \(weight.count)")
    }
    inputChannels = isTransposed ? shape[0] : shape[1] * groups
    outputChannels = isTransposed ? shape[1] * groups : shape[0]
    if let bias, bias.count != outputChannels {
      throw ShapeError("expected a bias of \(outputChannels) values, found \(bias.count)")
    }
    kernelSize = shape[2]
    self.weight = weight
    self.bias = bias
    self.geometry = geometry
  }

  /// Folds weight normalization: `w = g · v / ‖v‖`, where the norm is over all but the first extent.
  ///
  /// - Parameters:
  ///   - direction: v, row-major.
  ///   - magnitude: g, one value for each index of the first axis.
  /// - Throws: ShapeError where the number of values in v is no multiple of that in g.
  public static func weightNormalized(
    direction: [Scalar], magnitude: [Scalar]
  ) throws(ShapeError) -> [Scalar] {
    guard !magnitude.isEmpty, direction.count.isMultiple(of: magnitude.count) else {
      throw ShapeError(
        "expected a direction of a multiple of \(magnitude.count) values, found \(direction.count)")
    }
    let size = direction.count / magnitude.count
    return magnitude.indices.flatMap { row in
      let v = direction[row * size..<(row + 1) * size]
      let norm = v.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      return v.map { norm == 0 ? 0 : Scalar(Double(magnitude[row]) * Double($0) / norm) }
    }
  }

  /// The length of the output for L positions.
  ///
  /// - Throws: ShapeError where the kernel is longer than the padded input.
  public func outputLength(_ length: Int) throws(ShapeError) -> Int {
    let reach = geometry.dilation * (kernelSize - 1)
    let result: Int
    if let (stride, outputPadding) = geometry.transposed {
      result = length == 0 ? 0 : (length - 1) * stride - 2 * geometry.padding + reach + outputPadding + 1
    } else {
      result = length + 2 * geometry.padding - reach
    }
    guard result >= 0 else {
      throw ShapeError("expected at least \(length - result) positions for the kernel, found \(length)")
    }
    return result
  }

  /// Checks the input's shape and returns the output's; every ``ConvolutionBackend`` begins with this check.
  ///
  /// - Throws: ShapeError where the channels differ or the input is too short.
  public func outputShape(for input: TensorShape) throws(ShapeError) -> TensorShape {
    guard input.c == inputChannels else {
      throw ShapeError("expected input of \(inputChannels) channels, found \(input.c) in \(input)")
    }
    return try TensorShape(checking: input.n, outputChannels, outputLength(input.l))
  }
}

/// A type that computes convolutions: ``PlainConvolution``, or a faster one that the caller supplies.
public protocol ConvolutionBackend: Sendable {
  /// Convolves a tensor of shape (N, Cin, L).
  ///
  /// - Throws: ShapeError as ``Convolution1d/outputShape(for:)``.
  func callAsFunction<Scalar: TensorScalar>(
    _ convolution: Convolution1d<Scalar>, _ input: Tensor3<Scalar>
  ) throws(ShapeError) -> Tensor3<Scalar>
}

/// Convolution by its definition, loop by loop, with sums in `Double`: correct for every geometry, and slow.
public struct PlainConvolution: ConvolutionBackend {
  /// Creates the backend.
  public init() {}

  /// Convolves a tensor of shape (N, Cin, L).
  ///
  /// - Throws: ShapeError as ``Convolution1d/outputShape(for:)``.
  public func callAsFunction<Scalar: TensorScalar>(
    _ convolution: Convolution1d<Scalar>, _ input: Tensor3<Scalar>
  ) throws(ShapeError) -> Tensor3<Scalar> {
    let shape = try convolution.outputShape(for: input.shape)
    var result: [Scalar] = []
    result.reserveCapacity(shape.count)
    let groups = convolution.geometry.groups
    let inputs = convolution.inputChannels / groups
    for n in 0..<shape.n {
      for o in 0..<shape.c {
        var sums = [Double](repeating: convolution.bias.map { Double($0[o]) } ?? 0, count: shape.l)
        for i in 0..<inputs {
          let channel = o / (shape.c / groups) * inputs + i
          let row = input.row(n, channel).map { Double($0) }
          for k in 0..<convolution.kernelSize { add(convolution, row, channel, i, o, k, to: &sums) }
        }
        result += sums.map { Scalar($0) }
      }
    }
    return try Tensor3(shape: shape, scalars: result)
  }

  /// Adds one tap's products.
  private func add<Scalar: TensorScalar>(
    _ convolution: Convolution1d<Scalar>, _ row: [Double], _ channel: Int, _ i: Int, _ o: Int, _ k: Int,
    to sums: inout [Double]
  ) {
    let (geometry, taps) = (convolution.geometry, convolution.kernelSize)
    let offset = k * geometry.dilation - geometry.padding
    if let (stride, _) = geometry.transposed {
      let outputs = convolution.outputChannels / geometry.groups
      let weight = Double(convolution.weight[(channel * outputs + o % outputs) * taps + k])
      for l in row.indices {
        let place = l * stride + offset
        if sums.indices.contains(place) { sums[place] += weight * row[l] }
      }
    } else {
      let inputs = convolution.inputChannels / geometry.groups
      let weight = Double(convolution.weight[(o * inputs + i) * taps + k])
      let first = max(0, -offset)
      let end = min(sums.count, row.count - offset)
      if first < end { for l in first..<end { sums[l] += weight * row[l + offset] } }
    }
  }
}
