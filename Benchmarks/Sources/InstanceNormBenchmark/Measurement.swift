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
  /// Forward in Swift's own SIMD types.
  case forwardSwift = "forward-swift"

  /// Whether the operation is measured for a scalar type.
  func applies(to scalar: String) -> Bool {
    scalar != "Float16" || [.forward, .affine, .inPlace, .adain].contains(self)
  }

  /// How often the operation reads or writes a whole tensor at least.
  var transfers: Int { [.forwardGradient, .affineGradient, .adainGradient].contains(self) ? 5 : 2 }

  private var hasWeights: Bool { self == .affine || self == .affineGradient }

  /// Prepares the operation on a tensor and runs `body` with it as a closure.
  func prepare<Scalar: TensorScalar>(
    _ input: Tensor3<Scalar>, threads: Int, _ body: (() -> Void) -> Void
  ) throws {
    let channels = input.shape.c
    let device = Device.cpu(threads: threads, kernels: self == .forwardSwift ? .swift : .fastest)
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
      let mask = try PositionMask(
        lengths: (0..<input.shape.n).map { input.shape.l - $0 * input.shape.l / (2 * input.shape.n) },
        length: input.shape.l)
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
    case .adain, .adainGradient:
      let layer = AdaptiveInstanceNorm1d<Scalar>(channels, device: device)
      let style = try StyleMoments(
        mean: (0..<channels).map { Double($0 % 5) - 2 },
        standardDeviation: (0..<channels).map { 0.5 + Double($0 % 7) })
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
