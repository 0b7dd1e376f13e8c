/// A floating-point type that a ``Tensor3`` can hold: `Float16`, `Float` or `Double`.
public protocol TensorScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  /// The name of the scalar type as it stands in Swift, for messages and tables.
  static var scalarName: String { get }
}

#if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
extension Float16: TensorScalar {
  /// `Float16`.
  public static var scalarName: String { "Float16" }
}
#endif

extension Float: TensorScalar {
  /// `Float`.
  public static var scalarName: String { "Float" }
}

extension Double: TensorScalar {
  /// `Double`.
  public static var scalarName: String { "Double" }
}
