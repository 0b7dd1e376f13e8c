/// Which implementation of the row kernels computes.
///
/// Results are the same bits either way.
public enum KernelChoice: String, Hashable, Sendable, Codable, CaseIterable {
  /// The fastest one that this processor has: AVX2 with F16C on x86-64, else Swift's own SIMD types.
  case fastest
  /// Swift's own SIMD types: the reference for every other one, on every processor.
  case swift
}
