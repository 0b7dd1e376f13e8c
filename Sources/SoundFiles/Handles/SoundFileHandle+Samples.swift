import CSndfile

/// A sample type that libsndfile reads and writes.
protocol LibrarySample {
  /// Fills a buffer of interleaved frames and returns the number of frames.
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Self>) -> Int
  /// Writes a buffer of interleaved frames and returns the number of frames.
  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Self>) -> Int
}

/// Integers of b bits are read as multiples of 2^-(b - 1).
extension Float: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Float>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_float(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Float>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_float(handle.handle, base, handle.frames(items.count)))
  }
}

/// Integers of b bits are read as multiples of 2^-(b - 1).
extension Double: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Double>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_double(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Double>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_double(handle.handle, base, handle.frames(items.count)))
  }
}

/// Integers of b bits stand in the high b bits.
extension Int32: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Int32>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_int(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Int32>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_int(handle.handle, base, handle.frames(items.count)))
  }
}

/// Integers of b bits stand in the high b bits; longer ones lose their low bits.
extension Int16: LibrarySample {
  static func read(_ handle: borrowing SoundFileHandle, _ items: UnsafeMutableBufferPointer<Int16>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_readf_short(handle.handle, base, handle.frames(items.count)))
  }

  static func write(_ handle: borrowing SoundFileHandle, _ items: UnsafeBufferPointer<Int16>) -> Int {
    guard let base = items.baseAddress else { return 0 }
    return Int(unsafe sf_writef_short(handle.handle, base, handle.frames(items.count)))
  }
}

extension SoundFileHandle {
  /// The number of frames that a number of interleaved items makes.
  fileprivate func frames(_ itemCount: Int) -> sf_count_t {
    precondition(itemCount % properties.channelCount == 0, "items must make whole frames")
    return sf_count_t(itemCount / properties.channelCount)
  }
}
