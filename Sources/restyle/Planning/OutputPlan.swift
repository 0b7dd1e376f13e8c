import AudioRestyle
import SoundFiles

/// One content and the place of its result.
///
/// A list of these describes all the work of `restyle apply`; its parts can be done independently.
struct PlannedClip: Hashable, Sendable {
  /// The content's path, or `-` for standard input.
  var content: String
  /// The result's path, or `-` for standard output.
  var output: String
  /// Whether the result goes into a folder that the command line names, which is created where it is missing.
  var isInFolder = false
  /// The number of the style to go towards; `nil` is the mixture of all styles.
  var style: Int?
}

/// A content from the command line, or from a folder named there.
struct ContentFile: Hashable, Sendable {
  /// The path to open.
  var path: String
  /// The name inside an output folder: the file's name, or the path below the folder that the content comes from.
  var relativeName: String
}

/// The facts of the file system for planning outputs; tests bring their own.
struct FileSystemView: Sendable {
  var isFolder: @Sendable (String) -> Bool
  /// The sound files in a folder and below, as paths relative to it, sorted; those in another folder that lies in it
  /// are passed over.
  var soundFiles: @Sendable (_ folder: String, _ exception: String) -> [String]
  /// A text that is equal for all paths to one place.
  var identity: @Sendable (String) -> String
  /// Whether a path leads to a pipe or a device.
  var isStream: @Sendable (String) -> Bool = { _ in false }
}

/// Plans the place of every result before any work.
struct OutputPlanner {
  /// The contents as given: files, folders or `-`.
  var contents: [String]
  /// The contents from lists: files, which keep their folders below the output folder, and folders.
  var listed: [String] = []
  /// For a grid, the name of each style in the names of results; `nil` mixes the styles.
  var styles: [String]?
  /// The files that are read beside the contents; no result may replace them.
  var otherInputs: [String] = []
  /// `-o` as given.
  var output: String?
  /// The extension of the results where the command line names a format; `nil` keeps each content's.
  var suffix: String?
  var files: FileSystemView

  /// The text before the extension of a result beside its content.
  static let mark = ".restyled"

  /// The plan.
  ///
  /// - Throws: ``UsageError`` where outputs are missing, collide or would replace an input.
  func plan() throws(UsageError) -> [PlannedClip] {
    var planner = self
    planner.contents = contents.map(Paths.standardInput)
    planner.listed = listed.map(Paths.standardInput)
    planner.output = output.map(Paths.standardOutput)
    return Self.spelledApart(try planner.planned())
  }

  /// The clips with paths respelled such that paths of different bytes are also different as texts.
  private static func spelledApart(_ clips: [PlannedClip]) -> [PlannedClip] {
    var contents = Spellings()
    var outputs = Spellings()
    return clips.map { clip in
      var clip = clip
      clip.content = contents.apart(clip.content)
      clip.output = outputs.apart(clip.output)
      return clip
    }
  }

  /// The bytes of each path so far, by the text under which it was spelled.
  private struct Spellings {
    private var given: [String: [UInt8]] = [:]

    mutating func apart(_ path: String) -> String {
      var spelled = path
      let bytes = Array(path.utf8)
      while let other = given[spelled], other != bytes { spelled = Paths.respelled(spelled) }
      given[spelled] = bytes
      return spelled
    }
  }

  private func planned() throws(UsageError) -> [PlannedClip] {
    guard !contents.isEmpty || !listed.isEmpty else { throw UsageError("expected at least one content") }
    guard contents.count(where: { $0 == Paths.standardStream }) <= 1 else {
      throw UsageError("standard input (-) can be read once only")
    }
    let hasFolder = contents.contains { files.isFolder($0) }
    let clips: [PlannedClip]
    if contents.count != 1 || hasFolder || !listed.isEmpty || styles != nil {
      clips = try manyClips()
    } else {
      clips = [try singleClip(contents[0])]
    }
    try check(clips)
    return clips
  }

  private func singleClip(_ content: String) throws(UsageError) -> PlannedClip {
    guard let output else {
      guard content != Paths.standardStream, !files.isStream(content) else {
        throw UsageError(
          "a content from standard input or a pipe needs an output (-o FILE, or -o - for standard output)")
      }
      let suffix = suffix ?? Paths.suffix(content)
      return PlannedClip(
        content: content,
        output: Paths.withoutSuffix(content) + Self.mark + (suffix.isEmpty ? "" : ".\(suffix)"))
    }
    guard !output.isEmpty else { throw UsageError("-o: expected a file name, found nothing") }
    guard output != Paths.standardStream, isFolderName(output) else {
      return PlannedClip(content: content, output: output)
    }
    guard content != Paths.standardStream, !files.isStream(content) else {
      throw UsageError(
        "-o \(output): a content from standard input or a pipe has no name; expected a file, found a folder")
    }
    return PlannedClip(content: content, output: inFolder(output, Paths.name(content)), isInFolder: true)
  }

  private func manyClips() throws(UsageError) -> [PlannedClip] {
    guard let output else {
      throw UsageError("several contents, a folder, a list or a grid need an output folder (-o FOLDER/)")
    }
    guard output != Paths.standardStream else {
      throw UsageError("standard output (-o -) takes one clip only; expected a folder (-o FOLDER/)")
    }
    guard isFolderName(output) else {
      throw UsageError(
        "-o \(output): several contents, a folder, a list or a grid need an output folder; name it with a slash at its end "
          + "(-o \(output)/)")
    }
    var found: [ContentFile] = []
    for content in contents { found += try files(of: content, relativeName: Paths.name(content), output) }
    for content in listed { found += try files(of: content, relativeName: Self.listedName(content), output) }
    guard let styles else {
      return found.map {
        PlannedClip(content: $0.path, output: inFolder(output, $0.relativeName), isInFolder: true)
      }
    }
    return distinct(
      found.flatMap { content in
        styles.enumerated().map { index, style in
          let suffix = Paths.suffix(content.relativeName)
          let name =
            Paths.withoutSuffix(content.relativeName) + ".\(style)" + (suffix.isEmpty ? "" : ".\(suffix)")
          return PlannedClip(
            content: content.path, output: inFolder(output, name), isInFolder: true, style: index)
        }
      })
  }

  /// The files that a content stands for: itself, or those in a folder, without those of an output folder that lies in
  /// it.
  private func files(
    of content: String, relativeName: String, _ output: String
  ) throws(UsageError) -> [ContentFile] {
    guard content != Paths.standardStream else {
      throw UsageError("a content from standard input (-) has no name in a folder; restyle it alone")
    }
    guard files.isFolder(content) else { return [ContentFile(path: content, relativeName: relativeName)] }
    let inside = files.soundFiles(content, output)
    guard !inside.isEmpty else {
      throw UsageError("\(content): expected sound files in this folder, found none")
    }
    // A folder that cannot be read stands for itself, and fails when it is opened.
    return inside.map { name in
      name.isEmpty
        ? ContentFile(path: content, relativeName: relativeName)
        : ContentFile(path: Paths.join(content, name), relativeName: name)
    }
  }

  /// The name of a listed path below the output folder: the path itself if it leads down from the current folder,
  /// otherwise its last component.
  private static func listedName(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !path.hasPrefix("/"), !parts.contains("..") else { return Paths.name(path) }
    return parts.joined(separator: "/")
  }

  /// The clips with distinct outputs: equal names get numbers.
  private func distinct(_ clips: [PlannedClip]) -> [PlannedClip] {
    var taken: Set<String> = []
    return clips.map { clip in
      var clip = clip
      var number = 1
      let suffix = Paths.suffix(clip.output)
      let stem = Paths.withoutSuffix(clip.output)
      while !taken.insert(files.identity(clip.output)).inserted {
        number += 1
        clip.output = "\(stem)-\(number)" + (suffix.isEmpty ? "" : ".\(suffix)")
      }
      return clip
    }
  }

  private func check(_ clips: [PlannedClip]) throws(UsageError) {
    var inputs: [String: String] = [:]
    for path in clips.map(\.content) + otherInputs where path != Paths.standardStream {
      inputs[files.identity(path)] = path
    }
    var outputs: [String: PlannedClip] = [:]
    for clip in clips where clip.output != Paths.standardStream {
      let identity = files.identity(clip.output)
      if let input = inputs[identity] {
        throw UsageError(
          "the result of '\(clip.content)' would replace the input '\(input)'; choose another output")
      }
      if let other = outputs[identity] {
        throw UsageError(
          "'\(other.content)' and '\(clip.content)' would both be written to '\(clip.output)'; restyle them "
            + "into different folders")
      }
      outputs[identity] = clip
    }
  }

  private func isFolderName(_ path: String) -> Bool { path.hasSuffix("/") || files.isFolder(path) }

  private func inFolder(_ folder: String, _ name: String) -> String {
    let renamed = suffix.map { Paths.withoutSuffix(name) + ".\($0)" } ?? name
    return Paths.join(folder, renamed)
  }
}

extension PlannedClip {
  /// Whether the output keeps the content's extension, so that its name chooses no other format.
  var keepsSuffix: Bool {
    let suffix = Paths.suffix(content)
    return Paths.suffix(output) == suffix
      || (suffix.isEmpty && Paths.name(output) == Paths.name(content) + OutputPlanner.mark)
  }
}

extension OutputOptions {
  /// The options for one clip, and the format they lead to.
  ///
  /// The content's container is kept where no option names one and the output keeps an extension of the content that
  /// stands for no format. 8-bit samples are signed where the container has no unsigned ones.
  ///
  /// - Throws: ``SoundFileError`` of kind `impossibleFormat` where the output's extension stands for no format.
  func fitted(
    to clip: PlannedClip, like source: SoundFileFormat
  ) throws(SoundFileError) -> (options: OutputOptions, format: SoundFileFormat) {
    var options = self
    // MPEG layers I and II are read but not written: a result with such a name would be layer III.
    let isLayered = ["mp1", "mp2", "m1a", "m2a", "mpa"].contains(Paths.suffix(clip.output).lowercased())
    // A content of FLAC in Ogg, or of FLAC with a wrong name, gives this name, and the result would be Vorbis, which is lossy.
    if container == nil, clip.keepsSuffix, source.container == .flac,
      ["ogg", "oga"].contains(Paths.suffix(clip.output).lowercased())
    {
      throw SoundFileError(
        .impossibleFormat, path: clip.output,
        "‘\(clip.output)’: the content is FLAC, which is not written in Ogg; name the result .flac, or ask for --format ogg (Vorbis)"
      )
    }
    if container == nil, clip.keepsSuffix, !isLayered,
      (try? SoundFileFormat(path: clip.output, like: source)) == nil
    {
      options.container = source.container
    }
    var format = try options.format(path: clip.output, like: source)
    if options.encoding == .pcmU8, FormatCapability.of(format) == nil {
      options.encoding = .pcmS8
      format.encoding = .pcmS8
    }
    return (options, format)
  }
}
