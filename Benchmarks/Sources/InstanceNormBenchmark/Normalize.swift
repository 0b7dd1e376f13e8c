import Foundation
import InstanceNorm
import Tensors

/// Normalizes rows of raw scalars from a file into another: what the accuracy is measured with.
enum Normalize {
  /// - Parameter arguments: Input, output, scalar type and row length.
  static func run(_ arguments: [String]) throws -> Bool {
    guard arguments.count == 4, let length = Int(arguments[3]) else { return false }
    let data = try Data(contentsOf: URL(fileURLWithPath: arguments[0]))
    let output = URL(fileURLWithPath: arguments[1])
    switch arguments[2] {
    case "Float": try normalize(data, Float.self, length).write(to: output)
    case "Double": try normalize(data, Double.self, length).write(to: output)
    #if !(os(macOS) && arch(x86_64))
    case "Float16": try normalize(data, Float16.self, length).write(to: output)
    #endif
    default: return false
    }
    return true
  }

  private static func normalize<Scalar: TensorScalar>(
    _ data: Data, _ type: Scalar.Type, _ length: Int
  ) throws -> Data {
    let rows = data.count / MemoryLayout<Scalar>.stride / length
    let input = Tensor3<Scalar>(shape: TensorShape(1, rows, length)) { buffer in
      _ = data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
    }
    return try InstanceNorm1d<Scalar>(rows)(input).withScalars { Data(UnsafeRawBufferPointer($0)) }
  }
}
