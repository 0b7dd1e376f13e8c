/// Where a layer computes, and with how many threads.
///
/// The processor is the only place today. The value is explicit so that another backend can be added
/// without a change to the layers' interfaces.
public struct Device: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The kinds of device.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The processor.
    case cpu
  }

  /// The kind of device.
  public let kind: Kind

  /// The largest number of threads to use; nil leaves it to the number of processors.
  public let threads: Int?

  /// Whose row kernels to use.
  public let kernels: KernelChoice

  /// The processor, with as many threads as it has cores where the tensor is large enough for that to pay.
  public static let cpu = Device(kind: .cpu, threads: nil, kernels: .fastest)

  /// The processor, with at most this many threads.
  ///
  /// Results are the same bits for any number.
  ///
  /// - Parameters:
  ///   - threads: The largest number of threads; nil leaves it to the number of processors.
  ///   - kernels: Whose row kernels to use.
  /// - Precondition: `threads` is at least 1.
  public static func cpu(threads: Int?, kernels: KernelChoice = .fastest) -> Device {
    precondition((threads ?? 1) >= 1, "expected at least 1 thread, found \(threads ?? 1)")
    return Device(kind: .cpu, threads: threads, kernels: kernels)
  }

  /// The kind's name as PyTorch prints it: `cpu`.
  public var description: String { kind.rawValue }
}
