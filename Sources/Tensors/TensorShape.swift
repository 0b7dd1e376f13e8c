/// The shape (N, C, L) of a ``Tensor3``: samples, channels and length.
public struct TensorShape: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The number of samples N.
  public var n: Int
  /// The number of channels C.
  public var c: Int
  /// The length L of each row.
  public var l: Int

  /// Creates the shape (n, c, l).
  ///
  /// - Precondition: No extent is negative, and their product fits an `Int`.
  public init(_ n: Int, _ c: Int, _ l: Int) {
    require(n >= 0 && c >= 0 && l >= 0, "a shape's extents must not be negative: (\(n), \(c), \(l))")
    require(Self.fits(n, c, l), "a shape's size must fit an Int: (\(n), \(c), \(l))")
    self.n = n
    self.c = c
    self.l = l
  }

  /// Creates the shape (n, c, l) from numbers that come from data.
  ///
  /// - Throws: ``ShapeError`` where an extent is negative or their product does not fit an `Int`.
  public init(checking n: Int, _ c: Int, _ l: Int) throws(ShapeError) {
    guard n >= 0, c >= 0, l >= 0 else {
      throw ShapeError("expected extents of 0 or more, found [\(n), \(c), \(l)]")
    }
    guard Self.fits(n, c, l) else {
      throw ShapeError("expected a size that fits an Int, found [\(n), \(c), \(l)]")
    }
    self.init(n, c, l)
  }

  /// Decodes a shape.
  ///
  /// - Throws: DecodingError, also for extents that are negative or whose product does not fit an `Int`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let (n, c) = (try values.decode(Int.self, forKey: .n), try values.decode(Int.self, forKey: .c))
    let l = try values.decode(Int.self, forKey: .l)
    do {
      try self.init(checking: n, c, l)
    } catch {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  private enum CodingKeys: String, CodingKey {
    case n, c, l
  }

  private static func fits(_ n: Int, _ c: Int, _ l: Int) -> Bool {
    let (rows, rowsOverflow) = n.multipliedReportingOverflow(by: c)
    return !rowsOverflow && !rows.multipliedReportingOverflow(by: l).overflow
  }

  /// The number of rows, N · C.
  public var rowCount: Int { n * c }

  /// The number of scalars, N · C · L.
  public var count: Int { n * c * l }

  /// The shape as PyTorch prints it, for example `[2, 3, 100]`.
  public var description: String { "[\(n), \(c), \(l)]" }
}

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
