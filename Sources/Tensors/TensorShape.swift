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
    precondition(n >= 0 && c >= 0 && l >= 0, "a shape's extents must not be negative: (\(n), \(c), \(l))")
    let (rows, rowsOverflow) = n.multipliedReportingOverflow(by: c)
    let (_, countOverflow) = rows.multipliedReportingOverflow(by: l)
    precondition(!rowsOverflow && !countOverflow, "a shape's size must fit an Int: (\(n), \(c), \(l))")
    self.n = n
    self.c = c
    self.l = l
  }

  /// The number of rows, N · C.
  public var rowCount: Int { n * c }

  /// The number of scalars, N · C · L.
  public var count: Int { n * c * l }

  /// The shape as PyTorch prints it, for example `[2, 3, 100]`.
  public var description: String { "[\(n), \(c), \(l)]" }
}
