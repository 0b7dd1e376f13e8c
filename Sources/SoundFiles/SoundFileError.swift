public import Foundation

/// An error about a sound file; its message names the file, what was expected and what was found.
public struct SoundFileError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The kinds of failure that callers need to tell apart.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// A format that cannot be written as asked, known before any work starts.
    case impossibleFormat
    /// Not a sound file, or one that is damaged.
    case badData
    /// An input that cannot be opened.
    case cannotOpen
    /// An output that cannot be created.
    case cannotCreate
    /// Reading or writing failed.
    case inputOutput
    /// A file was written that cannot be read back.
    case unreadableResult
    /// The disk has too little room, as found before writing begins.
    case noRoom
    /// The work was interrupted.
    case interrupted
  }

  /// The kind of failure.
  public let kind: Kind
  /// The path of the file, as it was given.
  public let path: String
  /// The whole message.
  public let description: String

  /// The whole message.
  public var errorDescription: String? { description }

  /// Creates an error with its whole message.
  public init(_ kind: Kind, path: String, _ description: String) {
    self.kind = kind
    self.path = path
    self.description = description
  }

  /// The exit status for a command-line program, after `sysexits.h`.
  public var exitCode: Int32 {
    switch kind {
    case .impossibleFormat: 64
    case .badData: 65
    case .cannotOpen: 66
    case .cannotCreate: 73
    case .inputOutput, .unreadableResult, .noRoom: 74
    case .interrupted: 130
    }
  }
}

/// The wording of every error of this module.
extension SoundFileError {
  /// How a path is named in a message.
  static func name(_ path: String) -> String {
    path == standardStream ? "standard input" : "‘\(path)’"
  }

  /// The path that stands for standard input or output.
  static let standardStream = "-"

  /// The system's text for an error number.
  static func text(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
  }

  static func cannotOpen(_ path: String, _ number: Int32) -> Self {
    let reason: String =
      switch number {
      case ENOENT where path.contains("\u{FFFD}"): "no such file; names that are not UTF-8 cannot be opened"
      case ENOENT: "no such file"
      case EACCES: "no permission to read it"
      default: text(number)
      }
    // A lack of descriptors or memory, or a disk error, is not a fault of the file.
    let kind: Kind = [EMFILE, ENFILE, ENOMEM, EIO].contains(number) ? .inputOutput : .cannotOpen
    return Self(kind, path: path, "cannot open \(name(path)): \(reason)")
  }

  static func isFolder(_ path: String) -> Self {
    Self(.cannotOpen, path: path, "cannot open \(name(path)): expected a sound file, found a folder")
  }

  static func isEmptyFile(_ path: String) -> Self {
    Self(.badData, path: path, "\(name(path)) is not a sound file: it is empty (0 bytes)")
  }

  static func notSound(_ path: String, looksLike found: String?, _ library: String) -> Self {
    let detail = found.map { "; it starts like \($0)" } ?? ""
    return Self(
      .badData, path: path,
      "\(name(path)) is not a sound file that can be read\(detail) (libsndfile: \(trimmed(library)))")
  }

  static func unknownFormat(_ path: String, _ code: Int32) -> Self {
    Self(
      .badData, path: path,
      "\(name(path)) has a sample format that is not known here (libsndfile code 0x\(String(code, radix: 16)))"
    )
  }

  static func tooManyChannels(_ path: String, _ count: Int) -> Self {
    Self(
      .badData, path: path,
      "\(name(path)) has \(count) channels; up to \(SoundFileReader.maximumChannelCount) are read")
  }

  static func cannotRead(_ path: String, atFrame frame: Int, _ reason: String) -> Self {
    Self(.inputOutput, path: path, "reading \(name(path)) failed at frame \(frame): \(trimmed(reason))")
  }

  static func cannotRead(_ path: String, _ reason: String) -> Self {
    Self(.inputOutput, path: path, "reading \(name(path)) failed: \(trimmed(reason))")
  }

  static func hasChanged(_ path: String) -> Self {
    Self(.inputOutput, path: path, "\(name(path)) was changed by another program while it was read")
  }

  static func cannotRewind(_ path: String, _ reason: String) -> Self {
    Self(
      .inputOutput, path: path, "cannot go back to the start of \(name(path)): \(trimmed(reason))")
  }

  static func cannotCreate(_ path: String, _ reason: String) -> Self {
    Self(.cannotCreate, path: path, "cannot create ‘\(path)’: \(trimmed(reason))")
  }

  static func cannotCreate(_ path: String, _ number: Int32) -> Self {
    let reason: String =
      switch number {
      case ENOENT: "its folder does not exist"
      case EACCES, EPERM: "no permission to write there"
      case EROFS: "the disk is read-only"
      case EISDIR: "expected a file, found a folder"
      case ENOSPC: "the disk is full"
      default: text(number)
      }
    return cannotCreate(path, reason)
  }

  static func outputExists(_ path: String) -> Self {
    Self(.cannotCreate, path: path, "‘\(path)’ exists already; it is replaced only where that is asked for")
  }

  static func cannotWrite(_ path: String, _ reason: String) -> Self {
    Self(.inputOutput, path: path, "writing ‘\(path)’ failed: \(trimmed(reason))")
  }

  static func cannotReadBack(_ path: String, _ reason: String) -> Self {
    Self(.unreadableResult, path: path, "writing ‘\(path)’ failed: \(trimmed(reason))")
  }

  static func diskFull(_ folder: String, needed: Int, available: Int) -> Self {
    Self(
      .noRoom, path: folder,
      "the disk of ‘\(folder)’ is too full: \(bytes(needed)) are needed, \(bytes(available)) are free")
  }

  static func impossibleFormat(
    _ path: String, _ problem: String, alternatives: [SoundFileFormat]
  ) -> Self {
    let place = path.isEmpty ? "" : "‘\(path)’: "
    let names = alternatives.map { "\($0.name) (.\($0.fileExtension))" }
    let advice = names.isEmpty ? "" : "; possible are " + names.joined(separator: ", ")
    return Self(.impossibleFormat, path: path, place + problem + advice)
  }

  static func unknownExtension(_ path: String, _ suffix: String) -> Self {
    let known = SoundFileFormat.commonExtensions.map { ".\($0)" }.joined(separator: ", ")
    let found = suffix.isEmpty ? "no extension" : "the extension .\(suffix)"
    return Self(
      .impossibleFormat, path: path,
      "‘\(path)’: the format follows from the name’s extension; expected one of \(known), found \(found)")
  }

  /// A number of bytes with a unit, for messages.
  static func bytes(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count) bytes" : String(format: "%.1f ", value) + units[unit]
  }

  private static func trimmed(_ text: String) -> String {
    text.trimmingCharacters(in: CharacterSet(charactersIn: " .\n"))
  }
}
