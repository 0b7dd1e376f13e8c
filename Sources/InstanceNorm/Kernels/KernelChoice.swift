#if arch(x86_64)
import CInstanceNorm
#endif

/// Which implementation of the row kernels computes.
///
/// Results are the same bits either way.
public enum KernelChoice: String, Hashable, Sendable, Codable, CaseIterable {
  /// The fastest one that this processor has: AVX2 with F16C on x86-64 (activations of `Float` AVX-512), else Swift's own
  /// SIMD types.
  case fastest
  /// No more than AVX2, or Swift's own SIMD types on processors without.
  case avx2
  /// Swift's own SIMD types: the reference for every other one, on every processor.
  case swift

  #if arch(x86_64)
  /// Whether the kernels in C for AVX2 compute.
  @inline(__always)
  var usesAVX2: Bool { self != .swift && cin_has_avx2() }

  /// Whether those for AVX-512 do where there are any.
  @inline(__always)
  var usesAVX512: Bool { self == .fastest && cin_has_avx512() }
  #endif
}
