public import Tensors

/// An ``InstanceNorm1d`` whose number of channels is that of the first input it meets.
///
/// PyTorch's `nn.LazyInstanceNorm1d`, but with the defaults of `InstanceNorm1d` (no weights, no running statistics),
/// as PyTorch documents them; its own code turns both on.
public struct LazyInstanceNorm1d<Scalar: TensorScalar>: Equatable, Sendable {
  /// What the layer will be created with.
  public let configuration: InstanceNormConfiguration

  /// Where the layer computes.
  public let device: Device

  /// The layer, once an input, or a configuration with a number of channels, has decided it.
  public private(set) var layer: InstanceNorm1d<Scalar>?

  /// Creates a layer that waits for its first input, unless the configuration has a number of channels.
  public init(_ configuration: InstanceNormConfiguration = InstanceNormConfiguration(), device: Device = .cpu)
  {
    self.configuration = configuration
    self.device = device
    layer = configuration.numFeatures == nil ? nil : InstanceNorm1d(configuration, device: device)
  }

  /// Gives the layer, creating it for the input's number of channels if there is none yet.
  ///
  /// The caller goes on with the result; this value keeps a layer of its own.
  @discardableResult
  public mutating func materialize(for input: Tensor3<Scalar>) -> InstanceNorm1d<Scalar> {
    if let layer { return layer }
    let created = InstanceNorm1d<Scalar>(configuration, numFeatures: input.shape.c, device: device)
    layer = created
    return created
  }

  /// Normalizes a tensor in evaluation mode, creating the layer first if need be.
  ///
  /// - Throws: ShapeError as ``InstanceNorm1d``.
  public mutating func callAsFunction(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    try materialize(for: input)(input)
  }

  /// Normalizes a tensor in training mode, creating the layer first if need be.
  ///
  /// - Throws: ShapeError as ``InstanceNorm1d``.
  public mutating func trainingStep(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    var current = materialize(for: input)
    let output = try current.trainingStep(input)
    layer = current
    return output
  }
}
