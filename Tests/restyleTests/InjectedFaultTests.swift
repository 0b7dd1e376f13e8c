import Foundation
import Testing

/// Calls of the system that fail, are cut short or are interrupted: a library to preload lets them, on Linux.
///
/// `Scripts/break` tries thousands of such runs.
@Suite(.enabled(if: FailingCalls.library != nil)) struct InjectedFaultTests {
  /// Error numbers: an input or output error, a full disk, no permission, too many open files.
  private static let numbers = ["5", "28", "13", "24"]

  func makeSpace() throws -> Workspace {
    let space = try Workspace()
    try space.makeFolder(3)
    #expect(try space.shell("$R in -s style.wav --alone -j 2 --format flac -o want/").status == 0)
    return space
  }

  /// Runs a batch into a new folder, where some calls fail.
  func run(
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

  @Test(arguments: ["open", "read", "write", "fsync", "rename", "link", "stat", "seek", "readdir"])
  func aCallThatKeepsFailingEndsTheRun(_ call: String) throws {
    let space = try makeSpace()
    let library = try #require(FailingCalls.library)
    // ENOMEM is 12.
    for first in [1, 4, 21] {
      let run = try space.shell(
        "FAULT_CALL=\(call) FAULT_WITH=12 FAULT_FIRST=\(first) FAULT_EVERY=1 LD_PRELOAD=\(library) timeout 60 "
          + "$R in/2.wav -s style.wav --save-change \(first).json -o \(first).wav")
      #expect(
        [0, 64, 65, 66, 73, 74].contains(run.status), "\(call) from \(first): \(run.status) \(run.errors)")
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

extension InjectedFaultTests {
  /// Where the system creates no thread, or few, the calling thread does the work.
  @Test(arguments: [(1, 1), (2, 1), (1, 2)]) func threadsThatCannotBeCreatedChangeNothing(
    _ first: Int, _ every: Int
  ) throws {
    let space = try makeSpace()
    // EAGAIN is 11.
    let run = try run(space, "thread", with: "11", first: first, every: every, into: "out")
    #expect(run.status == 0, "\(run.errors)")
    #expect(space.names(in: "out") == space.names(in: "want"))
    for name in space.names(in: "want") {
      #expect(try space.bytes("out/" + name) == space.bytes("want/" + name))
    }
    let library = try #require(FailingCalls.library)
    // One clip, on several threads: its measurement beside the style's, and the steps of its passes.
    let script =
      "$R in/0.wav -s style.wav --threads 4 -o a.wav && "
      + "FAULT_CALL=thread FAULT_WITH=11 FAULT_FIRST=\(first) FAULT_EVERY=\(every) LD_PRELOAD=\(library) "
      + "timeout 60 $R in/0.wav -s style.wav --threads 4 -o b.wav && cmp a.wav b.wav"
    let single = try space.shell(script)
    #expect(single.status == 0, "\(single.errors)")
  }
}

extension InjectedFaultTests {
  /// A disk error of one file is that file's alone, also where it is opened before any work.
  @Test func aFileThatADiskErrorKeepsFromBeingOpenedFailsAlone() throws {
    let space = try makeSpace()
    let library = try #require(FailingCalls.library)
    // EIO is 5.
    let fault =
      "FAULT_CALL=open FAULT_FILE=in/1.wav FAULT_WITH=5 FAULT_EVERY=1 LD_PRELOAD=\(library) timeout 60 $R"
    let run = try space.shell("\(fault) in -s style.wav --alone --format flac -o out/")
    #expect(run.status == 74 && run.errors.contains("in/1.wav: not restyled: cannot open"), "\(run.errors)")
    #expect(space.names(in: "out") == ["0.flac", "2.flac"])
    for name in space.names(in: "out") {
      #expect(try space.bytes("out/" + name) == space.bytes("want/" + name))
    }
    let dry = try space.shell("\(fault) in -s style.wav --alone --format flac -o new/ --dry-run")
    #expect(dry.status == 74 && dry.text.contains("would restyle 2 of 3 clips"), "\(dry.text)\(dry.errors)")
    // Of the styles of a grid, one that cannot be opened fails with its own clips.
    let grid = try space.shell("\(fault) style.wav -s in --grid --format flac -o grid/")
    #expect(
      grid.status == 74 && grid.errors.contains("in/1.wav: cannot be used as a style: cannot open"),
      "\(grid.errors)")
    #expect(space.names(in: "grid") == ["style.0.flac", "style.2.flac"])
    for command in ["check in --for podcast --json", "inspect in/0.wav in/1.wav in/2.wav --json"] {
      let run = try space.shell("\(fault) \(command)")
      #expect(run.status == 74 && run.errors.contains("1 file of 3 could not be"), "\(run.errors)")
      #expect(run.text.contains("in/2.wav") && run.text.contains("cannot open"))
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
