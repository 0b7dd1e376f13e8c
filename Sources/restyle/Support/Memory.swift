import Foundation

/// How the program keeps memory.
enum Memory {
  /// Lets glibc's allocator keep what one clip has freed for the next one.
  ///
  /// By default it gives the buffers of every clip back to the system and asks for them again, which takes an eighth of
  /// the time of clips of a second. Other systems' allocators are left as they are.
  static func keepForReuse() {
    // mallopt, which Swift's module of the C library leaves out, and its M_TRIM_THRESHOLD and M_MMAP_THRESHOLD.
    guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
    typealias SetParameter = @convention(c) (Int32, Int32) -> Int32
    let setParameter = unsafe unsafeBitCast(symbol, to: SetParameter.self)
    // 32 MB is the most that glibc takes for the second.
    for (parameter, bytes) in [(-1, 64 << 20), (-3, 32 << 20)] as [(Int32, Int32)] {
      _ = setParameter(parameter, bytes)
    }
  }
}
