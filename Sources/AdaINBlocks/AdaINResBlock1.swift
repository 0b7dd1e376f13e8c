public import AdaIN
public import Tensors

/// The residual block of StyleTTS2's and Kokoro's generators, of (usually three) steps.
///
/// `x ← x + second(first(x))` for each step, where each half is `convolution(Snake(AdaIN(x)))`. The first half's
/// convolution is dilated.
///
/// Source: `AdaINResBlock1` in `Modules/istftnet.py` of StyleTTS2's code.
public struct AdaINResBlock1<Scalar: TensorScalar>: Sendable {
  /// One half of a step: AdaIN with its Snake, then a convolution.
  public struct Half: Hashable, Sendable {
    /// The norm, whose `AdaIN1d.activation` is Snake.
    public var norm: AdaIN1d<Scalar>
    /// The convolution after it.
    public var convolution: Convolution1d<Scalar>

    /// Creates a half from its parts.
    public init(norm: AdaIN1d<Scalar>, convolution: Convolution1d<Scalar>) {
      self.norm = norm
      self.convolution = convolution
    }
  }

  /// The steps in order: two halves each, after which the step's input is added.
  public var steps: [(first: Half, second: Half)]

  /// The backend that computes the convolutions.
  public var backend: any ConvolutionBackend

  /// Creates a block from its steps.
  public init(steps: [(first: Half, second: Half)], backend: any ConvolutionBackend = PlainConvolution()) {
    self.steps = steps
    self.backend = backend
  }

  /// Runs the block on a tensor of shape (N, C, L).
  ///
  /// - Parameters:
  ///   - input: The tensor.
  ///   - style: Style vectors, N · S components or S.
  /// - Throws: ShapeError where a size differs.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, style: [Scalar]
  ) throws(ShapeError) -> Tensor3<Scalar> {
    var x = input
    for step in steps {
      let middle = try backend(step.first.convolution, step.first.norm(x, style: style))
      let output = try backend(step.second.convolution, step.second.norm(middle, style: style))
      x = try output.adding(x)
    }
    return x
  }
}

/// The residual block of StyleTTS2's and Kokoro's decoders, with an optional doubling of the length.
///
/// `y = (residual(x) + shortcut(x)) / √2`. The residual is a chain: AdaIN, LeakyReLU, a depthwise transposed
/// convolution where the length doubles, a convolution, AdaIN, LeakyReLU, a convolution. The shortcut repeats each
/// position where the length doubles, and applies a convolution of one tap where the number of channels changes.
///
/// Source: `AdainResBlk1d` in `Modules/istftnet.py` of StyleTTS2's code.
public struct AdainResBlk1d<Scalar: TensorScalar>: Sendable {
  /// The first norm, whose activation is LeakyReLU.
  public var norm1: AdaIN1d<Scalar>
  /// The depthwise transposed convolution that doubles the length; nil keeps the length.
  public var pool: Convolution1d<Scalar>?
  /// The convolution after the first norm.
  public var convolution1: Convolution1d<Scalar>
  /// The second norm, whose activation is LeakyReLU.
  public var norm2: AdaIN1d<Scalar>
  /// The convolution after the second norm.
  public var convolution2: Convolution1d<Scalar>
  /// The shortcut's convolution of one tap; nil where the number of channels stays the same.
  public var shortcut: Convolution1d<Scalar>?
  /// The backend that computes the convolutions.
  public var backend: any ConvolutionBackend

  /// Creates a block from its parts.
  public init(
    norm1: AdaIN1d<Scalar>, pool: Convolution1d<Scalar>?, convolution1: Convolution1d<Scalar>,
    norm2: AdaIN1d<Scalar>, convolution2: Convolution1d<Scalar>, shortcut: Convolution1d<Scalar>?,
    backend: any ConvolutionBackend = PlainConvolution()
  ) {
    self.norm1 = norm1
    self.pool = pool
    self.convolution1 = convolution1
    self.norm2 = norm2
    self.convolution2 = convolution2
    self.shortcut = shortcut
    self.backend = backend
  }

  /// Runs the block on a tensor of shape (N, C, L); the result has L or 2 L positions.
  ///
  /// - Parameters:
  ///   - input: The tensor.
  ///   - style: Style vectors, N · S components or S.
  /// - Throws: ShapeError where a size differs.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, style: [Scalar]
  ) throws(ShapeError) -> Tensor3<Scalar> {
    var x = try norm1(input, style: style)
    var direct = input
    if let pool {
      x = try backend(pool, x)
      direct = input.repeatingPositions()
    }
    x = try backend(convolution1, x)
    x = try backend(convolution2, norm2(x, style: style))
    if let shortcut { direct = try backend(shortcut, direct) }
    return try x.adding(direct, scale: 0.5.squareRoot())
  }
}

extension Tensor3 {
  /// (self + other) · scale, rounded once.
  fileprivate func adding(_ other: Tensor3, scale: Double = 1) throws(ShapeError) -> Tensor3 {
    guard other.shape == shape else {
      throw ShapeError("expected a shortcut of the residual's shape \(shape), found \(other.shape)")
    }
    return try Tensor3(
      shape: shape, scalars: zip(scalars, other.scalars).map { Scalar((Double($0) + Double($1)) * scale) })
  }

  /// The tensor with each position twice: nearest-neighbour upsampling by 2.
  fileprivate func repeatingPositions() -> Tensor3 {
    var result = Tensor3(shape: TensorShape(shape.n, shape.c, 2 * shape.l))
    for n in 0..<shape.n {
      for c in 0..<shape.c {
        for l in 0..<shape.l {
          result[n, c, 2 * l] = self[n, c, l]
          result[n, c, 2 * l + 1] = self[n, c, l]
        }
      }
    }
    return result
  }
}
