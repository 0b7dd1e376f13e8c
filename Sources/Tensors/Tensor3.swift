#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A dense tensor of shape (N, C, L) in row-major order: sample by sample, channel by channel.
///
/// Row (n, c) is contiguous: its scalars stand at `(n · C + c) · L ..< (n · C + c + 1) · L`.
/// The type is a value: copies share storage until one of them is changed.
public struct Tensor3<Scalar: TensorScalar>: Equatable, Sendable {
  /// The shape (N, C, L).
  public let shape: TensorShape

  /// The scalars in row-major order; their number is ``TensorShape/count``.
  public private(set) var scalars: ContiguousArray<Scalar>

  /// Creates a tensor whose scalars all have one value.
  public init(shape: TensorShape, repeating value: Scalar = 0) {
    self = unsafe Self(shape: shape) { storage in unsafe storage.initialize(repeating: value) }
  }

  /// Creates a tensor from scalars in row-major order.
  ///
  /// - Throws: ``ShapeError`` where the number of scalars is not the shape's.
  public init(shape: TensorShape, scalars: some Sequence<Scalar>) throws(ShapeError) {
    let storage = ContiguousArray(scalars)
    guard storage.count == shape.count else {
      throw ShapeError("expected \(shape.count) scalars for the shape \(shape), found \(storage.count)")
    }
    self.shape = shape
    self.scalars = storage
  }

  /// Creates a tensor from nested arrays `[sample][channel][position]`.
  ///
  /// - Throws: ``ShapeError`` where rows or samples differ in size.
  public init(_ nested: [[[Scalar]]]) throws(ShapeError) {
    let channels = nested.first?.count ?? 0
    let length = nested.first?.first?.count ?? 0
    for (index, sample) in nested.enumerated() {
      guard sample.count == channels else {
        throw ShapeError("expected \(channels) channels in sample \(index), found \(sample.count)")
      }
      for (channel, row) in sample.enumerated() where row.count != length {
        throw ShapeError("expected length \(length) in row (\(index), \(channel)), found \(row.count)")
      }
    }
    self.shape = TensorShape(nested.count, channels, length)
    self.scalars = ContiguousArray(nested.lazy.joined().joined())
  }

  /// Creates a tensor of a shape by letting a closure write every scalar into fresh storage.
  ///
  /// - Parameters:
  ///   - shape: The shape (N, C, L).
  ///   - initialize: Called once with uninitialised storage of `shape.count` scalars; it must write them all.
  public init<Failure: Error>(
    shape: TensorShape,
    uninitialized initialize: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    self.shape = shape
    var failure: Failure?
    let storage = unsafe ContiguousArray<Scalar>(unsafeUninitializedCapacity: shape.count) { buffer, count in
      let whole = unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<shape.count])
      unsafe LargePages.advise(UnsafeMutableRawBufferPointer(whole))
      do throws(Failure) {
        unsafe try initialize(whole)
        count = shape.count
      } catch {
        failure = error
        count = 0
      }
    }
    if let failure { throw failure }
    self.scalars = storage
  }

  /// The scalar at sample `n`, channel `c` and position `l`.
  public subscript(n: Int, c: Int, l: Int) -> Scalar {
    get { scalars[offset(n, c) + checked(l)] }
    set { scalars[offset(n, c) + checked(l)] = newValue }
  }

  /// The positions of row (n, c) in ``scalars``.
  public func rowRange(_ n: Int, _ c: Int) -> Range<Int> {
    let start = offset(n, c)
    return start..<start + shape.l
  }

  /// Row (n, c) as a slice of the tensor's scalars.
  public func row(_ n: Int, _ c: Int) -> ArraySlice<Scalar> {
    ArraySlice(scalars[rowRange(n, c)])
  }

  /// Calls a closure with all scalars in row-major order, for reading.
  public func withScalars<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe scalars.withUnsafeBufferPointer { buffer throws(Failure) in try unsafe body(buffer) }
  }

  /// Calls a closure with all scalars in row-major order, for writing.
  public mutating func withMutableScalars<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe scalars.withUnsafeMutableBufferPointer { buffer throws(Failure) in try unsafe body(buffer) }
  }

  private func offset(_ n: Int, _ c: Int) -> Int {
    require(n >= 0 && n < shape.n && c >= 0 && c < shape.c, "row (\(n), \(c)) is outside \(shape)")
    return (n * shape.c + c) * shape.l
  }

  private func checked(_ l: Int) -> Int {
    require(l >= 0 && l < shape.l, "position \(l) is outside \(shape)")
    return l
  }
}

extension Tensor3: CustomStringConvertible {
  /// The type, the shape and the first eight scalars.
  public var description: String {
    Self.text("Tensor3<\(Scalar.scalarName)>", "\(shape)", scalars)
  }

  static func text(_ type: String, _ shape: String, _ scalars: ContiguousArray<Scalar>) -> String {
    let shown = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "\(type)\(shape): \(shown)\(scalars.count > 8 ? ", …" : "")"
  }
}

/// Requests large pages for fresh storage.
///
/// A tensor of some MiB covers more small pages than a processor holds translations for. Each small page also costs
/// a page fault when it is first written. NumPy requests large pages in the same way, from the same size on. The
/// request is a hint: nothing changes on a system that has none, or that gives them unasked.
enum LargePages {
  /// The least size of storage for which large pages are requested, in bytes.
  static let threshold = 4 << 20

  /// The size and alignment of a large page on Linux for x86-64 and most arm64 systems, in bytes.
  static let pageSize = 2 << 20

  /// Requests large pages wherever a whole one fits into storage that has not been written yet.
  @inline(__always)
  static func advise(_ storage: UnsafeMutableRawBufferPointer) {
    #if canImport(Glibc) || canImport(Musl)
    guard storage.count >= threshold, let base = storage.baseAddress else { return }
    let start = unsafe base.alignedUp(toMultipleOf: pageSize)
    let end = unsafe (base + storage.count).alignedDown(toMultipleOf: pageSize)
    if unsafe start < end { _ = unsafe madvise(start, end - start, MADV_HUGEPAGE) }
    #endif
  }
}
