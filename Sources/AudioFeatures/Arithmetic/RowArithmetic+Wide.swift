/// Arithmetic for which the widest vectors of the processor are taken: the bits are the same with all of them.
extension RowArithmetic {
  /// Multiplies `target[n] *= factors[n]`.
  static func scale(_ target: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, count: Int) {
    #if arch(x86_64)
    if unsafe AVX2Rows.scale(target, by: factors, count: count) { return }
    #endif
    unsafe PortableRows.scale(target, by: factors, count: count)
  }

  /// Adds `target[n] += a[n] · b[n]`.
  static func multiplyAdd(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    #if arch(x86_64)
    if unsafe AVX2Rows.multiplyAdd(a, b, to: target, count: count) { return }
    #endif
    unsafe PortableRows.multiplyAdd(a, b, to: target, count: count)
  }

  /// The sum of values.
  static func sum(_ a: UnsafePointer<Float>, count: Int) -> Float {
    var sums = Lanes.zero
    var rest: Float = 0
    forEach(count) { i in
      unsafe sums += a.lanes(i)
    } single: { i in
      unsafe rest += a[i]
    }
    return sums.sum() + rest
  }

  /// Σ a[n] · b[n] in a fixed order: eight running sums, their total, and the rest.
  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    #if arch(x86_64)
    if let sum = unsafe AVX2Rows.dot(a, b, count: count) { return sum }
    #endif
    return unsafe PortableRows.dot(a, b, count: count)
  }

  /// Writes `power[n] = (real[n]² + imaginary[n]²) · scale`, or adds it to what is there.
  static func power(
    _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, scale: Float, adding: Bool,
    into power: UnsafeMutablePointer<Float>, count: Int
  ) {
    #if arch(x86_64)
    if unsafe AVX2Rows.power(real, imaginary, scale: scale, adding: adding, into: power, count: count) {
      return
    }
    #endif
    unsafe PortableRows.power(real, imaginary, scale: scale, adding: adding, into: power, count: count)
  }

  /// Adds the fourth roots of powers, the square roots of magnitudes, from an index on to the values of a row.
  package static func addFourthRoots(
    of power: ContiguousArray<Float>, from start: Int, to target: inout ContiguousArray<Float>
  ) {
    precondition(start >= 0 && start + target.count <= power.count)
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe power.withUnsafeBufferPointer { power in
        guard let row = target.baseAddress, let power = power.baseAddress else { return }
        #if arch(x86_64)
        if unsafe AVX2Rows.addFourthRoots(of: power + start, to: row, count: target.count) { return }
        #endif
        unsafe PortableRows.addFourthRoots(of: power + start, to: row, count: target.count)
      }
    }
  }

  /// Replaces gains in dB by amplitude factors, as ``Decibels/amplitude(_:)`` gives them.
  static func amplitudes(_ gains: UnsafeMutablePointer<Float>, count: Int) {
    #if arch(x86_64)
    if unsafe AVX2Rows.amplitudes(gains, count: count) { return }
    #endif
    unsafe PortableRows.amplitudes(gains, count: count)
  }
}
