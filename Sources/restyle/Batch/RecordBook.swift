import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// The records of a job's results, which say which results exist already.
///
/// A result is skipped where its record states the same bytes, the same content and the same settings as now. A record
/// is written when its result is complete, before the result gets its name, so every result that the program made has a
/// record at any moment. A file whose bytes are in its record may be replaced by a newer result; any other file may
/// not.
struct RecordBook: Sendable {
  /// The state of a result.
  enum State: Hashable, Sendable {
    /// There is no file.
    case missing
    /// The file is the result that would be made now.
    case done
    /// The file is a result of another content, of other settings, or of other clips beside it.
    case outdated
    /// The file is the result of another content with another path, as the record states it.
    case ofOther(content: String)
    /// The file is no result of the program.
    case foreign
  }

  private let settings: String
  /// The digests of files, with the state that each had.
  private let digests = Guarded<[String: Known]>([:])

  /// A file that was read.
  private struct Known {
    var stamp: FileStamp
    var digest: String
  }

  /// Collects the settings that all results depend on.
  ///
  /// - Throws: `SoundFileError` where the mix cannot be read.
  init(_ job: ApplyJob) throws {
    var options = job.options
    (options.measuresResult, options.listsGains) = (false, false)
    let text = [
      "restyle \(RestyleCommand.version)", try JSONText.encode(options), "\(job.output.isStrict)",
      try job.like.map { try SHA256.hex(ofFile: $0) } ?? "", "\(job.anchoring)",
      job.album.map { "\($0.sharing) \($0.relations)" } ?? "", "\(job.plansAlone)",
    ]
    settings = text.joined(separator: "\n")
  }

  /// The digests of everything that a result depends on.
  ///
  /// - Parameters:
  ///   - clip: The clip, with the options of its output.
  ///   - job: The job.
  ///   - programme: The digest of the clips it is planned with; `nil` where it is planned by itself.
  /// - Throws: `SoundFileError` where a style or another file cannot be read.
  func origin(
    of clip: ApplyJob.PreparedClip, _ job: ApplyJob, programme: String?
  ) throws -> OutputRecord.Origin {
    let output = clip.output
    var text = [
      settings, Paths.suffix(clip.clip.output), output.container.map { "\($0)" } ?? "",
      output.encoding.map { "\($0)" } ?? "", output.quality.map { "\($0)" } ?? "", "\(output.dither)",
    ]
    text += ["\(output.tagsLoudness)", output.constantBitRate.map { "\($0)" } ?? ""]
    if clip.isBesideShort, clip.duration >= StyleProfile.shortDuration { text.append("beside short sounds") }
    switch job.target {
    case .styles(let styles):
      let dynamics = styles.filter(\.isDynamics)
      let own: [StyleArgument] = clip.clip.style.map { [styles[$0]] + dynamics } ?? styles
      for style in own {
        text.append(style.isDynamics ? "dynamics" : "\(style.weight)")
        text += try style.files.map(digest)
      }
    case .features(let path), .change(_, let path): text.append(try digest(of: path))
    }
    return OutputRecord.Origin(
      content: try digest(of: clip.clip.content),
      settings: SHA256.hex(of: text.joined(separator: "\n").utf8), programme: programme)
  }

  /// The digest of the contents of clips that are planned together, in order.
  func programme(of clips: [ApplyJob.PreparedClip]) throws -> String {
    SHA256.hex(of: try clips.map { try digest(of: $0.clip.content) }.joined(separator: "\n").utf8)
  }

  /// The SHA-256 of a file, which is read again only after it was changed.
  private func digest(of path: String) throws -> String {
    let stamp = FileStamp(path: path)
    if let stamp, let known = digests.with({ $0[path] }), known.stamp == stamp { return known.digest }
    let digest = try SHA256.hex(ofFile: path)
    if let stamp, FileStamp(path: path) == stamp {
      digests.with { $0[path] = Known(stamp: stamp, digest: digest) }
    }
    return digest
  }

  /// The state of a clip's result.
  func state(of clip: PlannedClip, _ origin: @autoclosure () throws -> OutputRecord.Origin) throws -> State {
    let output = clip.output
    guard Paths.exists(output) else { return .missing }
    guard let record = OutputRecord.read(of: output) else { return .foreign }
    guard let place = record.outputs.firstIndex(of: try SHA256.hex(ofFile: output)) else { return .foreign }
    let origin = try origin()
    if place == 0, record.origin == origin { return .done }
    // A content that was changed keeps its path, and one that was moved its bytes.
    let isOfOther =
      record.origin.content != origin.content
      && Paths.identity(record.contentPath) != Paths.identity(clip.content)
    return isOfOther ? .ofOther(content: record.contentPath) : .outdated
  }

  /// Throws where the file in the place of a clip's result may not be replaced.
  static func check(_ state: State, of clip: PlannedClip, overwrites: Bool) throws(SoundFileError) {
    switch state {
    case .missing, .done, .outdated: break
    // A file that the program did not make is replaced only with --force.
    case .foreign: try OutputFile.check(path: clip.output, overwrites: overwrites)
    case .ofOther(let content):
      guard !overwrites else { break }
      throw SoundFileError(
        .cannotCreate, path: clip.output,
        "‘\(clip.output)’ is the result of ‘\(content)’, and ‘\(clip.content)’ is another recording; "
          + "choose another output folder, or replace it")
    }
  }

  /// A closure that writes the record when a result is complete.
  func observer(
    of output: String, contentPath: String, _ origin: OutputRecord.Origin, replaces: Bool
  ) -> AppearanceObserver {
    let stamp = digests.with { $0[contentPath]?.stamp }
    return { descriptor throws(SoundFileError) in
      // The digest must be that of the content that was restyled.
      guard stamp != nil, FileStamp(path: contentPath) == stamp else {
        throw SoundFileError(
          .inputOutput, path: contentPath, "‘\(contentPath)’ was changed by another program while it was read"
        )
      }
      var outputs = [try SHA256.hex(ofDescriptor: descriptor, path: output)]
      if replaces { outputs.append(try SHA256.hex(ofFile: output)) }
      do {
        try OutputRecord(contentPath: contentPath, origin: origin, outputs: outputs).write(of: output)
      } catch {
        if let error = error as? SoundFileError { throw error }
        let failure = Failure(error)
        throw SoundFileError(
          failure?.status == .cannotCreate ? .cannotCreate : .inputOutput,
          path: OutputRecord.path(of: output),
          "the record of ‘\(output)’ cannot be written: \(failure?.message ?? "\(error)")")
      }
    }
  }
}

/// The record of a result, in the file `.restyle/NAME.json` in the result's folder.
struct OutputRecord: Codable, Hashable, Sendable {
  /// The digests of everything that the bytes of a result depend on.
  struct Origin: Codable, Hashable, Sendable {
    /// SHA-256 of the content.
    var content: String
    /// SHA-256 of all settings and of the digests of the styles' files.
    var settings: String
    /// SHA-256 of the contents that the clip was planned with; `nil` where it was planned by itself.
    var programme: String?
  }

  /// The program and its version.
  var program = "restyle \(RestyleCommand.version)"
  /// The content's path as it was given, for information.
  var contentPath: String
  var origin: Origin
  /// SHA-256 of the result, and of the file that it replaces, which stays until the new result is complete.
  var outputs: [String]

  /// The name of the folder of records, inside the folder of the results.
  static let folderName = ".restyle"

  /// The path of the record of a result.
  static func path(of output: String) -> String {
    let name = Paths.name(output)
    // A long name with another extension could exceed the usual limit of 255 bytes.
    let stem = name.utf8.count <= 200 ? name : SHA256.hex(of: name.utf8)
    return Paths.join(Paths.join(Paths.folder(output), folderName), stem + ".json")
  }

  /// The largest number of bytes of a record; a path has at most some thousand.
  private static let byteLimit = 1 << 20

  /// Reads the record of a result; `nil` where there is none or it is damaged.
  static func read(of output: String) -> OutputRecord? {
    // A pipe or a device in the record's place could keep the program waiting.
    let path = path(of: output)
    guard Paths.isRegularFile(path), let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: byteLimit + 1), data.count <= byteLimit
    else { return nil }
    return try? JSONDecoder().decode(OutputRecord.self, from: data)
  }

  /// Writes the record of a result.
  func write(of output: String) throws {
    let path = Self.path(of: output)
    try FileSystemView.createFolder(Paths.folder(path))
    try OutputFile.write(Array((JSONText.encode(self) + "\n").utf8), to: path, overwrites: true)
  }
}

extension ApplyJob {
  /// The clips whose results are missing or outdated; the others are noted as skipped.
  ///
  /// A file that cannot be read fails later, with its clip.
  func missing(
    _ clips: [PreparedClip], _ book: RecordBook, _ report: inout ApplyReport
  ) -> [PreparedClip] {
    let states = Workers.map(clips.count, jobs: jobCount) { index in
      let clip = clips[index]
      return try book.state(of: clip.clip, book.origin(of: clip, self, programme: nil))
    }
    var isThere = states.map { if case .success(.done)? = $0 { true } else { false } }
    let left = clips.indices.filter { !isThere[$0] }
    if isPackThere(left.map { clips[$0] }, book) { for index in left { isThere[index] = true } }
    var missing: [PreparedClip] = []
    for (clip, isThere) in zip(clips, isThere) {
      if isThere {
        report.skipped.append(other(clip.clip))
      } else {
        var clip = clip
        clip.piece = missing.count
        missing.append(clip)
      }
    }
    return missing
  }

  /// Whether the results of some clips are there, made as a pack of all of them.
  ///
  /// The records of other clips say that they do not belong to it; of these, none may belong to it by its duration.
  private func isPackThere(_ clips: [PreparedClip], _ book: RecordBook) -> Bool {
    guard formsPacks, !isTogether, like == nil, clips.allSatisfy(mayBeInPack) else { return false }
    let isSingle = Set(clips.map(\.clip.content)).count == 1
    return Dictionary(grouping: clips, by: \.clip.style).values.allSatisfy { members in
      members.allSatisfy { clip in
        // All members of a pack were planned and made.
        let programme = try? book.programme(of: isSingle ? [clip] : members + members)
        let state = try? book.state(of: clip.clip, book.origin(of: clip, self, programme: programme))
        return programme != nil && state == .done
      }
    }
  }
}

extension Batch {
  /// Checks the record of a clip's result, and sets how a new result may be written.
  ///
  /// - Parameter programme: The digest of the clips it is planned with; `nil` where it is planned by itself.
  /// - Returns: Whether the clip must be restyled.
  func begin(_ index: Int, programme: String?) throws -> Bool {
    guard let book else { return true }
    let clip = clips[index]
    let origin = try book.origin(of: clip, job, programme: programme)
    let state = try book.state(of: clip.clip, origin)
    guard state != .done else { return false }
    try RecordBook.check(state, of: clip.clip, overwrites: job.output.overwrites)
    var output = clip.output
    output.overwrites = output.overwrites || state == .outdated
    output.willAppear = book.observer(
      of: clip.clip.output, contentPath: clip.clip.content, origin, replaces: state != .missing)
    outputs.with { $0[index] = output }
    return true
  }

  /// Whether another run has made this clip's result meanwhile.
  func isThere(_ index: Int, programme: String?, after error: any Error) -> Bool {
    guard let book, (error as? SoundFileError)?.kind == .cannotCreate else { return false }
    let state = try? book.state(
      of: clips[index].clip, book.origin(of: clips[index], job, programme: programme))
    return state == .done
  }

  /// The digest of clips that are planned together; `nil` where no records are kept.
  func programme(of members: [Int]) throws -> String? {
    try book?.programme(of: members.map { clips[$0] })
  }
}
