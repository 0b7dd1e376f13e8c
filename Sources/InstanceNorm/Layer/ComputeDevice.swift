public import Tensors

/// Where a layer computes, and with how many threads.
///
/// The processor is the only place today. The value is explicit so that another backend can be added
/// without a change to the layers' interfaces.
public struct ComputeDevice: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The kinds of device.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The processor.
    case cpu
  }

  /// The kind of device.
  public let kind: Kind

  /// The largest number of threads to use; nil stands for the number of processors.
  public let threads: Int?

  /// Which row kernels to use.
  public let kernels: KernelChoice

  /// The processor, with up to as many threads as it has cores, where the tensor is large enough for threads to pay.
  public static let cpu = ComputeDevice(kind: .cpu, threads: nil, kernels: .fastest)

  /// The processor, with at most this many threads.
  ///
  /// Results have the same bits for any number of threads.
  ///
  /// - Parameters:
  ///   - threads: The largest number of threads; nil stands for the number of processors.
  ///   - kernels: Which row kernels to use.
  /// - Precondition: `threads` is at least 1.
  public static func cpu(threads: Int?, kernels: KernelChoice = .fastest) -> ComputeDevice {
    require((threads ?? 1) >= 1, "expected at least 1 thread, found \(threads ?? 1)")
    return ComputeDevice(kind: .cpu, threads: threads, kernels: kernels)
  }

  /// The processor, with a number of threads that comes from data.
  ///
  /// - Throws: ParameterError where `threads` is below 1.
  public static func cpu(
    checking threads: Int?, kernels: KernelChoice = .fastest
  ) throws(ParameterError) -> ComputeDevice {
    if let threads, threads < 1 {
      throw ParameterError("threads", expected: "at least 1", found: "\(threads)")
    }
    return ComputeDevice(kind: .cpu, threads: threads, kernels: kernels)
  }

  /// Decodes a device.
  ///
  /// - Throws: DecodingError, also for a number of threads below 1.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    kind = try values.decode(Kind.self, forKey: .kind)
    threads = try values.decodeIfPresent(Int.self, forKey: .threads)
    kernels = try values.decode(KernelChoice.self, forKey: .kernels)
    if let threads, threads < 1 {
      throw DecodingError.dataCorruptedError(
        forKey: .threads, in: values, debugDescription: "expected at least 1 thread, found \(threads)")
    }
  }

  private enum CodingKeys: String, CodingKey {
    case kind, threads, kernels
  }

  private init(kind: Kind, threads: Int?, kernels: KernelChoice) {
    self.kind = kind
    self.threads = threads
    self.kernels = kernels
  }

  /// The kind's name as PyTorch prints it: `cpu`.
  public var description: String { kind.rawValue }
}

/// The implementation of the row kernels.
///
/// All implementations give the same bits.
public enum KernelChoice: String, Hashable, Sendable, Codable, CaseIterable {
  /// The fastest kernels that the processor has: AVX2 with F16C on x86-64, with AVX-512 for some rows of `Float` where
  /// the processor has it, else Swift's own SIMD types.
  case fastest
  /// AVX2 without AVX-512; Swift's own SIMD types on processors without AVX2.
  case avx2
  /// Swift's own SIMD types: the reference for the other kernels, on every processor.
  case swift
}
