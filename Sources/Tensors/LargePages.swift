#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Asks for large pages under fresh storage.
///
/// A tensor of some MiB covers more small pages than a processor holds translations for, and each of them costs a fault
/// when it is first written. NumPy asks in the same way, from the same size on. It is a hint: where a system has no large
/// pages to give, or gives them without being asked, nothing changes.
enum LargePages {
  /// The number of bytes from which storage is worth it.
  static let threshold = 4 << 20

  /// The size, and alignment, of a large page on Linux for x86-64 and most arm64 systems.
  static let pageSize = 2 << 20

  /// Asks for large pages wherever a whole one fits into storage that has not been written yet.
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
