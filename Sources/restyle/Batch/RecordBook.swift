import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// Finds out which results of a job exist already, and notes what new ones are made of.
///
/// A result is skipped where a record says that its bytes, those of the content, and all settings are the same as now. A
/// record is written when its result is whole, before the result gets its name: at any moment a result that the program
/// made has a record. So a file whose bytes are in its record may be replaced by a newer result, and any other may not.
struct RecordBook: Sendable {
  /// What is known of a result.
  enum State: Hashable, Sendable {
    /// There is none.
    case missing
    /// It is what would be made.
    case done
    /// It was made of another content, by other settings, or beside other clips.
    case outdated
    /// It is none of the program's results.
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

  /// Reads what decides over all results.
  ///
  /// - Throws: `SoundFileError` where a style or another file cannot be read.
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

  /// What decides over a result.
  ///
  /// - Parameters:
  ///   - clip: The clip, with the options of its output.
  ///   - job: The job.
  ///   - programme: What it is planned with; `nil` where it is planned by itself.
  func origin(
    of clip: ApplyJob.PreparedClip, _ job: ApplyJob, programme: String?
  ) throws -> OutputRecord.Origin {
    let output = clip.output
    var text = [
      settings, Paths.suffix(clip.clip.output), output.container.map { "\($0)" } ?? "",
      output.encoding.map { "\($0)" } ?? "", output.quality.map { "\($0)" } ?? "", "\(output.dither)",
    ]
    text += ["\(output.tagsLoudness)", output.constantBitRate.map { "\($0)" } ?? ""]
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

  /// What clips are planned with, as a digest of their contents in order.
  func programme(of clips: [ApplyJob.PreparedClip]) throws -> String {
    SHA256.hex(of: try clips.map { try digest(of: $0.clip.content) }.joined(separator: "\n").utf8)
  }

  /// SHA-256 of a file, which is read once, unless it changes.
  private func digest(of path: String) throws -> String {
    let stamp = FileStamp(path: path)
    if let stamp, let known = digests.with({ $0[path] }), known.stamp == stamp { return known.digest }
    let digest = try SHA256.hex(ofFile: path)
    if let stamp, FileStamp(path: path) == stamp {
      digests.with { $0[path] = Known(stamp: stamp, digest: digest) }
    }
    return digest
  }

  /// What is known of a result.
  func state(of output: String, _ origin: @autoclosure () throws -> OutputRecord.Origin) throws -> State {
    guard Paths.exists(output) else { return .missing }
    guard let record = OutputRecord.read(of: output) else { return .foreign }
    guard let place = record.outputs.firstIndex(of: try SHA256.hex(ofFile: output)) else { return .foreign }
    return try place == 0 && record.origin == origin() ? .done : .outdated
  }

  /// What writes the record when a result is whole.
  func observer(
    of output: String, contentPath: String, _ origin: OutputRecord.Origin, replaces: Bool
  ) -> AppearanceObserver {
    let stamp = digests.with { $0[contentPath]?.stamp }
    return { descriptor throws(SoundFileError) in
      // Digest and sound are of one and the same content.
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
        throw error as? SoundFileError
          ?? SoundFileError(
            .inputOutput, path: output, "the record of ‘\(output)’ cannot be written: \(error)")
      }
    }
  }
}

/// What a result was made of, as it stands in a file beside it: `.restyle/NAME.json` in the result's folder.
struct OutputRecord: Codable, Hashable, Sendable {
  /// What decides over the bytes of a result.
  struct Origin: Codable, Hashable, Sendable {
    /// SHA-256 of the content.
    var content: String
    /// SHA-256 of all settings, with those of the styles' files.
    var settings: String
    /// SHA-256 of the contents that it was planned with; `nil` where it was planned by itself.
    var programme: String?
  }

  /// The program and its version.
  var program = "restyle \(RestyleCommand.version)"
  /// The content's path as it was given, for people.
  var contentPath: String
  var origin: Origin
  /// SHA-256 of the result, and of the one that it replaces, which stays until the new one is whole.
  var outputs: [String]

  /// The folder of records, in that of the results.
  static let folderName = ".restyle"

  /// Where the record of a result lies.
  static func path(of output: String) -> String {
    let name = Paths.name(output)
    // A long name with an extension could pass the usual limit of 255 bytes.
    let stem = name.utf8.count <= 200 ? name : SHA256.hex(of: name.utf8)
    return Paths.join(Paths.join(Paths.folder(output), folderName), stem + ".json")
  }

  /// Reads the record of a result; `nil` where there is none, or where it is damaged.
  static func read(of output: String) -> OutputRecord? {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path(of: output))) else { return nil }
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
  /// Whether a result has a record, which then decides whether it may be replaced.
  func isRecorded(_ output: String) -> Bool {
    keepsRecords && Paths.exists(OutputRecord.path(of: output))
  }

  /// The clips whose results are not there; those that are there are noted.
  ///
  /// What cannot be read fails later, by itself.
  func missing(
    _ clips: [PreparedClip], _ book: RecordBook, _ report: inout ApplyReport
  ) -> [PreparedClip] {
    let states = Workers.map(clips.count, jobs: jobCount) { index in
      let clip = clips[index]
      return try book.state(of: clip.clip.output, book.origin(of: clip, self, programme: nil))
    }
    var left: [PreparedClip] = []
    for (clip, state) in zip(clips, states) {
      if case .success(.done)? = state {
        report.skipped.append(clip.clip)
      } else {
        var clip = clip
        clip.piece = left.count
        left.append(clip)
      }
    }
    return left
  }
}

extension Batch {
  /// Finds out whether a clip's result is there, and how one may be written.
  ///
  /// - Parameter programme: What the clip is planned with.
  /// - Returns: Whether there is something to do.
  func begin(_ index: Int, programme: String?) throws -> Bool {
    guard let book else { return true }
    let clip = clips[index]
    let origin = try book.origin(of: clip, job, programme: programme)
    let state = try book.state(of: clip.clip.output, origin)
    switch state {
    case .done: return false
    case .missing, .outdated: break
    // What the program did not make is replaced where that is asked for.
    case .foreign: try OutputFile.check(path: clip.clip.output, overwrites: job.output.overwrites)
    }
    var output = clip.output
    output.overwrites = output.overwrites || state == .outdated
    output.willAppear = book.observer(
      of: clip.clip.output, contentPath: clip.clip.content, origin, replaces: state != .missing)
    outputs.with { $0[index] = output }
    return true
  }

  /// Whether another program has made a result meanwhile, which is that of this clip.
  func isThere(_ index: Int, programme: String?, after error: any Error) -> Bool {
    guard let book, (error as? SoundFileError)?.kind == .cannotCreate else { return false }
    let state = try? book.state(
      of: clips[index].clip.output, book.origin(of: clips[index], job, programme: programme))
    return state == .done
  }

  /// What clips are planned with, where records are kept.
  func programme(of members: [Int]) throws -> String? {
    try book?.programme(of: members.map { clips[$0] })
  }
}
