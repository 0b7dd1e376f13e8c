import BenchmarkSupport
import Foundation
import Tensors

/// Measures instance normalization and AdaIN beside memory copies of the same bytes.
@main struct Main {
  static func main() throws {
    if CommandLine.arguments.dropFirst().first == "--normalize" {
      guard try Normalize.run(Array(CommandLine.arguments.dropFirst(2))) else { exit(64) }
      return
    }
    guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
      FileHandle.standardError.write(Data((Options.help + "\n").utf8))
      exit(64)
    }
    if !options.json { write(Result.header) }
    for scalar in options.scalars {
      for shape in options.shapes {
        switch scalar {
        case "Float": try measure(Float.self, shape, options)
        case "Double": try measure(Double.self, shape, options)
        #if !(os(macOS) && arch(x86_64))
        case "Float16": try measure(Float16.self, shape, options)
        #endif
        default: FileHandle.standardError.write(Data("no scalar type \(scalar)\n".utf8))
        }
      }
    }
  }

  static func measure<Scalar: TensorScalar>(_ type: Scalar.Type, _ extents: [Int], _ options: Options) throws
  {
    var seed: UInt64 = 1
    let shape = TensorShape(extents[0], extents[1], extents[2])
    let input = Tensor3<Scalar>(shape: shape) { buffer in
      for i in buffer.indices {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        buffer.initializeElement(at: i, to: Scalar(Double(Int64(bitPattern: seed) >> 40) / Double(1 << 22)))
      }
    }
    var copy = Tensor3<Scalar>(shape: shape, repeating: 1)
    for measurement in Measurement.allCases where measurement.applies(to: Scalar.scalarName) {
      guard options.names.isEmpty || options.names.contains(measurement.rawValue) else { continue }
      for threads in options.threads {
        try measurement.prepare(input, threads: threads) { operation in
          let (seconds, copySeconds) = Stopwatch.medians(
            seconds: options.seconds, operation, { Copy.run(input, &copy, threads: threads) })
          let result = Result(
            name: measurement.rawValue, shape: extents, scalar: Scalar.scalarName, threads: threads,
            seconds: seconds, copySeconds: copySeconds,
            bytes: shape.count * MemoryLayout<Scalar>.stride * measurement.transfers)
          write(options.json ? result.json : result.line)
        }
      }
    }
  }

  /// Writes a line to standard output at once, so that a long run can be followed.
  static func write(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}
