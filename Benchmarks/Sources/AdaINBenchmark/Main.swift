import AdaIN
import BenchmarkSupport
import Foundation

/// Measures what each operation of the AdaIN module costs for each value, beside a memory copy of the content, and how
/// the cost grows with the number of positions and of channels.
@main struct Main {
  static func main() throws {
    guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
      FileHandle.standardError.write(Data((Options.help + "\n").utf8))
      exit(64)
    }
    if let path = options.layers {
      write(try LayerParity.json(URL(fileURLWithPath: path)))
      return
    }
    if let count = options.errorCount {
      for line in try StreamError.lines(count: count, json: options.json) { write(line) }
      return
    }
    if !options.json { write(Cost.header) }
    var costs: [Cost] = []
    for size in options.sizes {
      costs += try measure(size, options) { cost in write(options.json ? cost.json : cost.line) }
    }
    let growths = Growth.all(costs)
    if !options.json, !growths.isEmpty { write("\n" + Growth.header) }
    for growth in growths { write(options.json ? growth.json : growth.line) }
  }

  private static func measure(_ size: Size, _ options: Options, _ report: (Cost) -> Void) throws -> [Cost] {
    let content = Operations.tensor(size, seed: 1)
    let style = Operations.tensor(size, seed: 2)
    var copy = content
    var costs: [Cost] = []
    for operation in try Operations.all(content, style)
    where options.names.isEmpty || options.names.contains(operation.name) {
      let (seconds, copySeconds) = Stopwatch.medians(
        seconds: options.seconds,
        {
          do {
            try operation.run()
          } catch {
            fatalError("\(operation.name): \(error)")
          }
        }, { Copy.run(content, &copy, threads: 1) })
      costs.append(Cost(name: operation.name, size: size, seconds: seconds, copySeconds: copySeconds))
      costs.last.map(report)
    }
    return costs
  }

  /// Writes a line to standard output at once, so that a long run can be followed.
  private static func write(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}
