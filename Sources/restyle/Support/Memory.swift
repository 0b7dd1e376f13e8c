import Foundation

/// How the program keeps memory.
enum Memory {
  /// Lets glibc's allocator keep what one clip has freed for the next one.
  ///
  /// By default it gives the buffers of every clip back to the system and asks for them again, which takes a fifth of the
  /// time of clips of a second. Other systems' allocators are left as they are.
  static func keepForReuse() {
    // mallopt, which Swift's module of the C library leaves out, and its M_TRIM_THRESHOLD and M_MMAP_THRESHOLD.
    guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
    typealias SetParameter = @convention(c) (Int32, Int32) -> Int32
    let setParameter = unsafe unsafeBitCast(symbol, to: SetParameter.self)
    for parameter: Int32 in [-1, -3] { _ = setParameter(parameter, 256 << 20) }
  }
}
