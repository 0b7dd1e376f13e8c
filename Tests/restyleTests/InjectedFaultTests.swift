import Foundation
import Testing

/// Calls of the system that fail, are cut short or are interrupted: a library to preload lets them, on Linux.
///
/// `Scripts/break` tries thousands of such runs.
@Suite(.enabled(if: FailingCalls.library != nil)) struct InjectedFaultTests {
  /// Error numbers: an input or output error, a full disk, no permission, too many open files.
  private static let numbers = ["5", "28", "13", "24"]

  private func makeSpace() throws -> Workspace {
    let space = try Workspace()
    try space.makeFolder(3)
    #expect(try space.shell("$R in -s style.wav --alone -j 2 --format flac -o want/").status == 0)
    return space
  }

  /// Runs a batch into a new folder, where some calls fail.
  private func run(
    _ space: Workspace, _ call: String, with kind: String, first: Int, every: Int, into folder: String
  ) throws -> Workspace.Run {
    let library = try #require(FailingCalls.library)
    return try space.shell(
      "FAULT_CALL=\(call) FAULT_WITH=\(kind) FAULT_FIRST=\(first) FAULT_EVERY=\(every) LD_PRELOAD=\(library) "
        + "timeout 60 $R in -s style.wav --alone -j 2 --format flac -o \(folder)/")
  }

  @Test(arguments: ["open", "read", "write", "fsync", "rename", "link", "stat", "seek", "readdir"])
  func aFailingCallEndsInAnErrorOrARightResult(_ call: String) throws {
    let space = try makeSpace()
    for (number, kind) in Self.numbers.enumerated() {
      for (place, first) in [1 + number, 6 + 5 * number].enumerated() {
        let folder = "out\(number)-\(place)"
        let run = try run(space, call, with: kind, first: first, every: place * 3, into: folder)
        let detail = "\(call) number \(first) with \(kind): \(run.status) \(run.errors)"
        #expect([0, 64, 65, 66, 73, 74].contains(run.status), "\(detail)")
        let names = space.names(in: folder)
        #expect(run.status != 0 || names == space.names(in: "want"), "\(detail)")
        for name in names {
          #expect(try space.bytes("\(folder)/\(name)") == space.bytes("want/" + name), "\(name) \(detail)")
        }
      }
    }
  }

  @Test(arguments: ["read", "write"], ["short", "once"])
  func shortAndInterruptedCallsChangeNothing(_ call: String, _ kind: String) throws {
    let space = try makeSpace()
    for every in [1, 4] {
      let run = try run(space, call, with: kind, first: 1, every: every, into: "out\(every)")
      #expect(run.status == 0, "\(run.errors)")
      for name in space.names(in: "want") {
        #expect(try space.bytes("out\(every)/\(name)") == space.bytes("want/" + name))
      }
    }
  }
}

/// The library that lets calls fail.
private enum FailingCalls {
  /// Its path; nil where it cannot be built.
  static let library: String? = {
    #if os(Linux)
    let folder = NSTemporaryDirectory() + "failing-calls-\(ProcessInfo.processInfo.processIdentifier)"
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Faults/failing-calls.c")
    let script =
      "mkdir -p '\(folder)' && for c in cc clang gcc \"$(dirname \"$(readlink -f \"$(command -v swift)\")\")/clang\"; do "
      + "\"$c\" -shared -fPIC -O1 -o '\(folder)/failing-calls.so' '\(source.path)' -ldl 2>/dev/null && exit 0; done; exit 1"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? folder + "/failing-calls.so" : nil
    #else
    return nil
    #endif
  }()
}
