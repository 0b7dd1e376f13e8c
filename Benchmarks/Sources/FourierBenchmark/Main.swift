import AudioFeatures
import BenchmarkSupport
import Foundation

/// Times real Fourier transforms beside FFTW's (single precision, one thread, ESTIMATE) in the same run.
@main struct Main {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let json = arguments.contains("--json")
    guard arguments.allSatisfy({ $0 == "--json" }) else {
      FileHandle.standardError.write(Data("usage: fourier-benchmark [--json]\n".utf8))
      exit(64)
    }
    if !json { print("  length  direction   time µs   FFTW µs   ratio") }
    for exponent in 6...16 { measure(length: 1 << exponent, json: json) }
  }

  static func measure(length: Int, json: Bool) {
    let plan = RealFFT(length: length)
    var workspace = RealFFT.Workspace(for: plan)
    let rows = UnsafeMutablePointer<Float>.allocate(capacity: 4 * length)
    defer { rows.deallocate() }
    var seed: UInt64 = 1
    for i in 0..<4 * length {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      rows[i] = Float(Int64(bitPattern: seed) >> 40) / Float(1 << 23)
    }
    let input = UnsafeMutableBufferPointer(start: rows, count: length)
    let real = UnsafeMutableBufferPointer(start: rows + length, count: plan.binCount)
    let imaginary = UnsafeMutableBufferPointer(start: rows + 2 * length, count: plan.binCount)
    let output = UnsafeMutableBufferPointer(start: rows + 3 * length, count: length)
    let peer = FFTW(length: length, input: rows, output: rows + 3 * length)
    func forward() {
      plan.forward(UnsafeBufferPointer(input), real: real, imaginary: imaginary, workspace: &workspace)
    }
    func inverse() {
      plan.inverse(
        real: UnsafeBufferPointer(real), imaginary: UnsafeBufferPointer(imaginary), output: output,
        workspace: &workspace)
    }
    for (name, ours, theirs) in [
      ("forward", forward, { peer?.forward() }), ("inverse", inverse, { peer?.inverse() }),
    ] as [(String, () -> Void, () -> Void)] {
      let (seconds, peerSeconds) = Stopwatch.medians(seconds: 0.3, ours, theirs)
      if json {
        let fields = peer == nil ? "" : ",\"peerSeconds\":\(peerSeconds),\"ratio\":\(seconds / peerSeconds)"
        print("{\"name\":\"\(name)\",\"length\":\(length),\"seconds\":\(seconds)\(fields)}")
      } else {
        let beside =
          peer == nil
          ? "  (FFTW is not installed)"
          : String(format: "%10.2f %7.2f", peerSeconds * 1e6, seconds / peerSeconds)
        print(String(format: "%8d  ", length) + name + String(format: "   %9.2f", seconds * 1e6) + beside)
      }
    }
  }
}
