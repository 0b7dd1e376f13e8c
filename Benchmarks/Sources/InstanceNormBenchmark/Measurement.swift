import AdaIN
import InstanceNorm
import Tensors

/// The operations that can be measured.
enum Measurement: String, CaseIterable {
  /// Statistics and normalization into an existing tensor.
  case forward
  /// The same into a new tensor, whose pages the system must first provide.
  case forwardAllocating = "forward-allocating"
  /// Forward with weight and bias.
  case affine
  /// Forward over its own input.
  case inPlace = "in-place"
  /// Forward with a length for each sample, from half the tensor's length to all of it.
  case masked
  /// Causal normalization of the whole sequence as one chunk.
  case streaming
  /// Evaluation with running statistics.
  case runningStatistics = "running-statistics"
  /// A training step that moves running statistics.
  case training
  /// Forward and the gradient of the input, each into an existing tensor.
  case forwardGradient = "forward+gradient"
  /// The same with weight and bias and their gradients.
  case affineGradient = "affine+gradient"
  /// AdaIN towards given style moments.
  case adain
  /// AdaIN and its gradients of content and style.
  case adainGradient = "adain+gradient"
  /// AdaIN on sequences of different lengths, from half the tensor's length to all of it, zeros elsewhere.
  case adainMasked = "adain-masked"
  /// AdaIN with scale and shift from a style vector of 128 components.
  case adain1d
  /// AdaIN and Snake in one pass.
  case adainSnake = "adain+snake"
  /// AdaIN, then Snake in a pass of its own.
  case adainThenSnake = "adain-then-snake"
  /// AdaIN and LeakyReLU in one pass.
  case adainLeakyReLU = "adain+leaky-relu"
  /// Forward in Swift's own SIMD types.
  case forwardSwift = "forward-swift"

  /// Whether the operation is measured for a scalar type.
  func applies(to scalar: String) -> Bool {
    scalar != "Float16" || [.forward, .affine, .inPlace, .adain, .adainSnake].contains(self)
  }

  /// How often the operation reads or writes a whole tensor at least.
  var transfers: Int { [.forwardGradient, .affineGradient, .adainGradient].contains(self) ? 5 : 2 }

  private var hasWeights: Bool { self == .affine || self == .affineGradient }

  /// Prepares the operation on a tensor and runs `body` with it as a closure.
  func prepare<Scalar: TensorScalar>(
    _ input: Tensor3<Scalar>, threads: Int, _ body: (() -> Void) -> Void
  ) throws {
    let channels = input.shape.c
    let device = ComputeDevice.cpu(threads: threads, kernels: self == .forwardSwift ? .swift : .fastest)
    var output = Tensor3<Scalar>(shape: input.shape, repeating: 1)
    var norm = InstanceNorm1d<Scalar>(
      channels, affine: hasWeights,
      trackRunningStats: self == .runningStatistics || self == .training, device: device)
    if hasWeights {
      norm.weight = (0..<channels).map { Scalar(0.5 + Double($0 % 7)) }
      norm.bias = (0..<channels).map { Scalar(Double($0 % 5) - 2) }
    }
    switch self {
    case .forward, .affine, .runningStatistics, .forwardSwift:
      body { check { try norm(input, into: &output) } }
    case .forwardAllocating:
      body { check { keep(try norm(input)) } }
    case .inPlace:
      output = input
      body { check { try norm(inPlace: &output) } }
    case .masked:
      let mask = try mask(input.shape)
      body { check { try norm(input, mask: mask, into: &output) } }
    case .streaming:
      var stream = StreamingInstanceNorm1d(norm, samples: input.shape.n)
      output = input
      body { check { try stream.process(inPlace: &output) } }
    case .training:
      body { check { keep(try norm.trainingStep(input)) } }
    case .forwardGradient, .affineGradient:
      var gradient = output
      body {
        check {
          try norm(input, into: &output)
          keep(try norm.gradient(at: input, outputGradient: input, into: &gradient))
        }
      }
      keep(gradient)
    case .adainMasked:
      let (layer, mask) = (AdaptiveInstanceNorm1d<Scalar>(channels, device: device), try mask(input.shape))
      let style = try style(channels)
      body { check { try layer(input, style: style, mask: mask, padding: .zero, into: &output) } }
    case .adain1d:
      let layer = try AdaIN1d<Scalar>(
        weight: (0..<256 * channels).map { Scalar(Double($0 % 13) * 0.01) },
        bias: (0..<2 * channels).map { Scalar(Double($0 % 5)) }, device: device)
      let style = (0..<128).map { Scalar(Double($0 % 11) * 0.1 - 0.5) }
      output = input
      body { check { try layer(inPlace: &output, style: style) } }
    case .adainSnake, .adainThenSnake, .adainLeakyReLU:
      var layer = AdaptiveInstanceNorm1d<Scalar>(channels, device: device)
      let style = try style(channels)
      let snake = Activation.snake(alpha: (0..<channels).map { 0.5 + Double($0 % 7) })
      if self == .adainSnake { layer.activation = snake }
      if self == .adainLeakyReLU { layer.activation = .leakyReLU(slope: 0.2) }
      body {
        check {
          try layer(input, style: style, into: &output)
          if self == .adainThenSnake { try snake(inPlace: &output, device: device) }
        }
      }
    case .adain, .adainGradient:
      let layer = AdaptiveInstanceNorm1d<Scalar>(channels, device: device)
      let style = try style(channels)
      var gradient = output
      body {
        check {
          try layer(input, style: style, into: &output)
          if self == .adainGradient {
            keep(try layer.gradient(at: input, style: style, outputGradient: input, into: &gradient))
          }
        }
      }
      keep(gradient)
    }
    keep(output)
  }

  private func style(_ channels: Int) throws -> StyleMoments {
    try StyleMoments(
      mean: (0..<channels).map { Double($0 % 5) - 2 },
      standardDeviation: (0..<channels).map { 0.5 + Double($0 % 7) })
  }

  /// From all of the length to half of it.
  private func mask(_ shape: TensorShape) throws -> PositionMask {
    try PositionMask(lengths: (0..<shape.n).map { shape.l - $0 * shape.l / (2 * shape.n) }, length: shape.l)
  }

  private func check(_ work: () throws -> Void) {
    do {
      try work()
    } catch {
      fatalError("\(error)")
    }
  }
}

/// Keeps the compiler from removing work whose result nobody reads.
@inline(never) func keep<Value>(_ value: Value) {}
