import Foundation

/// Runs Python where one with the packages a test needs is present.
///
/// `ADAIN_PYTHON` names the interpreter; without it, `python3` on the search path is used.
public enum Python {
  private static let interpreter = ProcessInfo.processInfo.environment["ADAIN_PYTHON"] ?? "python3"

  /// Whether the interpreter can import the modules.
  public static func has(_ modules: String...) -> Bool {
    (try? run("import \(modules.joined(separator: ", "))", [])).map { $0.status == 0 } ?? false
  }

  /// Runs a script and returns its exit status and what it printed.
  public static func run(_ script: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
