import AdaIN
import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// An error as the program reports it: a message and an exit status.
struct Failure: Error, Hashable, Sendable {
  let status: ProgramStatus
  let message: String

  /// Whether the error concerns one clip alone: a file that cannot be read, or a result that does not fit its format or
  /// the disk.
  let concernsOneClip: Bool

  /// Whether an error, which came while a file was read, concerns that file alone; others may be readable.
  ///
  /// A disk error of a file does, as long as it is not one of writing.
  func concerns(only file: String, _ error: any Error) -> Bool {
    concernsOneClip || (status == .inputOutput && (error as? SoundFileError)?.path == file)
  }

  /// Whether an error of one clip also stops the other clips.
  ///
  /// Failed writing and errors of the program stop them. A content that cannot be read to its end, a result without
  /// room on the disk or that cannot be read back, and an output whose name was taken meanwhile do not.
  func stopsOthers(ofContent content: String, _ error: any Error) -> Bool {
    switch status {
    case .data, .noInput, .cannotCreate, .usage, .done, .checkFailed: return false
    case .inputOutput:
      if case .unstableContent? = error as? RestyleError { return false }
      return !concerns(only: content, error)
    case .software, .interrupted: return true
    }
  }

  init(_ status: ProgramStatus, _ message: String, concernsOneClip: Bool = false) {
    self.status = status
    self.message = message
    self.concernsOneClip = concernsOneClip || status == .data || status == .noInput
  }

  /// Translates an error of the libraries or of this program; `nil` for errors of the argument parser.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let stop as ApplyJob.Stop:
      guard let failure = Failure(stop.error) else { return nil }
      self = failure
    case let error as UsageError: self.init(.usage, error.description)
    case let error as SoundFileError:
      self.init(
        ProgramStatus(rawValue: error.exitCode) ?? .software, Self.message(of: error),
        concernsOneClip: [.impossibleFormat, .unreadableResult, .noRoom].contains(error.kind))
    case let error as RestyleError: self.init(Self.status(of: error), error.description)
    case let error as InterchangeError: self.init(Self.status(of: error), error.description)
    case is CancellationError: self.init(.interrupted, "interrupted")
    case is ValidationError, is CleanExit, is ExitCode: return nil
    case let error as CocoaError: self.init(.inputOutput, error.systemText)
    default:
      // The parser's errors have no public type; the parser prints its own messages.
      guard String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") else {
        self.init(.software, "\(error)")
        return
      }
      return nil
    }
  }

  private static func message(of error: SoundFileError) -> String {
    guard error.kind == .cannotCreate, error.path != "-", FileManager.default.fileExists(atPath: error.path),
      !Paths.isFolder(error.path)
    else { return error.description }
    return error.description + " (--force)"
  }

  private static func status(of error: RestyleError) -> ProgramStatus {
    switch error {
    case .emptyClip, .invalidClip, .silentStyle, .incompatibleProfiles, .invalidProfile, .invalidRestyling,
      .missingMeasurement,
      .featuresDoNotFit, .stemDoesNotFit,
      .unsupportedRate:
      .data
    case .invalidOption: .usage
    case .unreadable: .noInput
    case .unstableContent: .inputOutput
    case .noThread: .software
    }
  }

  private static func status(of error: InterchangeError) -> ProgramStatus {
    switch error.reason {
    case .unreadable: .noInput
    case .unwritable: .cannotCreate
    default: .data
    }
  }
}

/// The exit statuses of the program, after `sysexits.h`.
enum ProgramStatus: Int32, Comparable, Codable, Sendable {
  /// All done.
  case done = 0
  /// A file does not pass `check`.
  case checkFailed = 1
  /// The command line is wrong, or asks for something impossible.
  case usage = 64
  /// An input is not audio, damaged, or does not fit the others.
  case data = 65
  /// An input cannot be opened.
  case noInput = 66
  /// An error of the program itself.
  case software = 70
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// Interrupted by a signal.
  case interrupted = 130

  static func < (a: ProgramStatus, b: ProgramStatus) -> Bool { a.rawValue < b.rawValue }

  /// Ends the process.
  func exit() -> Never { Foundation.exit(rawValue) }
}

/// An error in the command line that is found after parsing and before any work.
struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The message.
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
