import CAudioKernels
/// Arithmetic on rows in Swift, for processors without a faster implementation.
///
/// The order of operations is the definition: ``AVX2Rows`` gives the same bits.
enum PortableRows {
  static func scale(_ target: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, count: Int) {
    RowArithmetic.forEach(count) { n in
      unsafe target.store(target.lanes(n) * factors.lanes(n), n)
    } single: { n in
      unsafe target[n] *= factors[n]
    }
  }

  static func multiplyAdd(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    RowArithmetic.forEach(count) { n in
      unsafe target.store(target.lanes(n) + a.lanes(n) * b.lanes(n), n)
    } single: { n in
      unsafe target[n] += a[n] * b[n]
    }
  }

  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    var lanes = Lanes.zero
    var rest: Float = 0
    RowArithmetic.forEach(count) { n in
      unsafe lanes += a.lanes(n) * b.lanes(n)
    } single: { n in
      unsafe rest += a[n] * b[n]
    }
    let quarters = lanes.lowHalf + lanes.highHalf
    let pairs = quarters.lowHalf + quarters.highHalf
    return pairs[0] + pairs[1] + rest
  }

  static func power(
    _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, scale: Float, adding: Bool,
    into power: UnsafeMutablePointer<Float>, count: Int
  ) {
    RowArithmetic.forEach(count) { k in
      let (re, im) = unsafe (real.lanes(k), imaginary.lanes(k))
      let value = (re * re + im * im) * scale
      unsafe power.store(adding ? power.lanes(k) + value : value, k)
    } single: { k in
      let (re, im) = unsafe (real[k], imaginary[k])
      let value = (re * re + im * im) * scale
      unsafe power[k] = adding ? power[k] + value : value
    }
  }

  static func addFourthRoots(
    of power: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    RowArithmetic.forEach(count) { n in
      unsafe target.store(target.lanes(n) + power.lanes(n).squareRoot().squareRoot(), n)
    } single: { n in
      unsafe target[n] += power[n].squareRoot().squareRoot()
    }
  }

  static func amplitudes(_ gains: UnsafeMutablePointer<Float>, count: Int) {
    RowArithmetic.forEach(count) { i in
      unsafe gains.store(Decibels.amplitude(gains.lanes(i)), i)
    } single: { i in
      unsafe gains[i] = Decibels.amplitude(Lanes(repeating: gains[i]))[0]
    }
  }
}

#if arch(x86_64)

/// Arithmetic on rows in C for x86-64 processors with AVX2; results have the bits of ``PortableRows``.
///
/// This is the only file that calls the C code. A function gives false or nil where it leaves the work to Swift's code.
enum AVX2Rows {
  static func scale(_ target: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, count: Int)
    -> Bool
  {
    guard cak_has_avx2() else { return false }
    unsafe crw_scale(target, factors, count)
    return true
  }

  static func multiplyAdd(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) -> Bool {
    guard cak_has_avx2() else { return false }
    unsafe crw_multiply_add(a, b, target, count)
    return true
  }

  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float? {
    guard cak_has_avx2() else { return nil }
    return unsafe crw_dot(a, b, count)
  }

  static func power(
    _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, scale: Float, adding: Bool,
    into power: UnsafeMutablePointer<Float>, count: Int
  ) -> Bool {
    guard cak_has_avx2() else { return false }
    unsafe crw_power(real, imaginary, scale, adding, power, count)
    return true
  }

  static func addFourthRoots(
    of power: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) -> Bool {
    guard cak_has_avx2() else { return false }
    unsafe crw_add_fourth_roots(power, target, count)
    return true
  }

  static func amplitudes(_ gains: UnsafeMutablePointer<Float>, count: Int) -> Bool {
    guard cak_has_avx2() else { return false }
    unsafe crw_amplitudes(gains, count)
    return true
  }
}
#endif
