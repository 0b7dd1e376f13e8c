import AudioRestyle
import SoundFiles

extension PlannedClip {
  /// Whether the output's name says no more about a format than the content's.
  var keepsSuffix: Bool {
    let suffix = Paths.suffix(content)
    return Paths.suffix(output) == suffix
      || (suffix.isEmpty && Paths.name(output) == Paths.name(content) + OutputPlanner.mark)
  }
}

extension OutputOptions {
  /// The options for one clip, and the format they lead to.
  ///
  /// Where nothing is asked for and the output keeps an extension of the content that stands for no format, the
  /// content's container is kept. Where 8 bits are asked for and the container has no unsigned ones, they are signed.
  ///
  /// - Throws: ``SoundFileError`` of kind `impossibleFormat` where the output's extension stands for no format.
  func fitted(
    to clip: PlannedClip, like source: SoundFileFormat
  ) throws(SoundFileError) -> (options: OutputOptions, format: SoundFileFormat) {
    var options = self
    // Layer II is read and not written: a name for it would stand on layer III.
    let isLayered = ["mp1", "mp2", "m1a", "m2a", "mpa"].contains(Paths.suffix(clip.output).lowercased())
    // A result that keeps the name of FLAC in Ogg would be Vorbis, and lossy.
    if container == nil, clip.keepsSuffix, source.container == .flac,
      ["ogg", "oga"].contains(Paths.suffix(clip.output).lowercased())
    {
      throw SoundFileError(
        .impossibleFormat, path: clip.output,
        "‘\(clip.output)’: FLAC in Ogg is read and not written; name the result .flac, or ask for --format ogg (Vorbis)"
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
