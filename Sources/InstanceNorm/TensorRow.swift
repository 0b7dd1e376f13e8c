public import Tensors

/// A row of a tensor at the moment it is about to be transformed.
@unsafe public struct TensorRow<Scalar: TensorScalar> {
  /// The row's number n · C + c.
  public let number: Int
  /// The row's scalars.
  public let scalars: UnsafeBufferPointer<Scalar>
  /// Whose row kernels to use.
  let kernels: KernelChoice
  /// Where the row will be written, if fetching that memory while the row is measured pays.
  let target: UnsafeRawPointer?

  /// Computes the row's moments as ``RowKernel/moments(of:kernels:)`` does.
  public func moments() -> RowMoments {
    unsafe RowKernel.moments(of: scalars, kernels: kernels, target: target)
  }
}

/// A row of a tensor and its output's gradient at the moment the input's gradient is about to be written.
@unsafe public struct GradientRow<Scalar: TensorScalar> {
  /// The values x.
  public let values: TensorRow<Scalar>
  /// The gradient g of the output.
  public let gradient: UnsafeBufferPointer<Scalar>

  /// The row's number n · C + c.
  public var number: Int { unsafe values.number }

  /// Computes Σ g and Σ g · (x − mean) about a mean in two parts.
  public func sums(mean: Double, meanLow: Double = 0) -> RowGradient.Sums {
    unsafe RowKernel.gradientSums(
      of: values.scalars, gradient: gradient, mean: mean, meanLow: meanLow, kernels: values.kernels)
  }

  /// Computes the row's moments, and Σ g and Σ g · (x − mean) about its own mean, together.
  public func momentsAndSums() -> (moments: RowMoments, sums: RowGradient.Sums) {
    unsafe RowKernel.momentsAndGradientSums(
      of: values.scalars, gradient: gradient, kernels: values.kernels, target: values.target)
  }
}
