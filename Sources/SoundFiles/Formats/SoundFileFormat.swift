/// What a sound file is written as: container, encoding and byte order.
public struct SoundFileFormat: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The order of the bytes in a sample.
  public enum ByteOrder: String, Hashable, Sendable, Codable {
    /// The container's own order.
    case standard
    /// Least significant byte first.
    case little
    /// Most significant byte first.
    case big
  }

  /// The container.
  public var container: SoundContainer
  /// The encoding of the samples.
  public var encoding: SoundEncoding
  /// The byte order, `.standard` where the container has one order only.
  public var byteOrder: ByteOrder

  /// Creates a format.
  public init(_ container: SoundContainer, _ encoding: SoundEncoding, byteOrder: ByteOrder = .standard) {
    self.container = container
    self.encoding = encoding
    self.byteOrder = byteOrder
  }

  /// The name for messages and tables, for example `WAV, 24-bit` or `Ogg Opus`.
  public var name: String {
    switch (container, encoding) {
    case (.ogg, .vorbis): "Ogg Vorbis"
    case (.ogg, .opus): "Ogg Opus"
    case (.mp3, .mpegLayer3): "MP3"
    default: "\(container.name), \(encoding.name)"
    }
  }

  /// The same as ``name``.
  public var description: String { name }
}
