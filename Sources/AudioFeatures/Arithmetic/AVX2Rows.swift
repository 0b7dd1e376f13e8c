#if arch(x86_64)
import CRows

/// Arithmetic on rows in C for x86-64 processors with AVX2: ``PortableRows``' results, bit for bit.
///
/// This is the only file that calls it. A function gives false or nil where it leaves the work to Swift's code.
enum AVX2Rows {
  static func scale(_ target: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, count: Int)
    -> Bool
  {
    guard crw_has_avx2() else { return false }
    unsafe crw_scale(target, factors, count)
    return true
  }

  static func multiplyAdd(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) -> Bool {
    guard crw_has_avx2() else { return false }
    unsafe crw_multiply_add(a, b, target, count)
    return true
  }

  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float? {
    guard crw_has_avx2() else { return nil }
    return unsafe crw_dot(a, b, count)
  }

  static func power(
    _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, scale: Float, adding: Bool,
    into power: UnsafeMutablePointer<Float>, count: Int
  ) -> Bool {
    guard crw_has_avx2() else { return false }
    unsafe crw_power(real, imaginary, scale, adding, power, count)
    return true
  }

  static func addFourthRoots(
    of power: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) -> Bool {
    guard crw_has_avx2() else { return false }
    unsafe crw_add_fourth_roots(power, target, count)
    return true
  }

  static func amplitudes(_ gains: UnsafeMutablePointer<Float>, count: Int) -> Bool {
    guard crw_has_avx2() else { return false }
    unsafe crw_amplitudes(gains, count)
    return true
  }
}
#endif
