public import Dispatch
public import Tensors

/// A plain memory copy of a tensor: what any operation that reads and writes it once is measured against.
public enum Copy {
  /// Copies a tensor into another of its shape, in as many parts as there are threads.
  @inlinable public static func run<Scalar>(
    _ input: Tensor3<Scalar>, _ output: inout Tensor3<Scalar>, threads: Int
  ) {
    input.withScalars { source in
      output.withMutableScalars { target in
        nonisolated(unsafe) let (source, target) = (source, target)
        let count = source.count
        DispatchQueue.concurrentPerform(iterations: threads) { index in
          let range = count * index / threads..<count * (index + 1) / threads
          _ = UnsafeMutableBufferPointer(rebasing: target[range]).update(
            fromContentsOf: UnsafeBufferPointer(rebasing: source[range]))
        }
      }
    }
  }
}
