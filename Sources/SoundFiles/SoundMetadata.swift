/// The text metadata of a sound file, as far as libsndfile reads and writes it.
public struct SoundMetadata: Hashable, Sendable, Codable {
  /// A text field.
  public enum Field: String, Hashable, Sendable, CaseIterable, Codable {
    /// The title.
    case title
    /// The copyright notice.
    case copyright
    /// The program that made the file.
    case software
    /// The artist.
    case artist
    /// A comment.
    case comment
    /// The date.
    case date
    /// The album.
    case album
    /// The licence.
    case license
    /// The track number.
    case trackNumber
    /// The genre.
    case genre
  }

  /// The text of each field that is present.
  public var texts: [Field: String]

  /// Creates metadata.
  public init(texts: [Field: String] = [:]) {
    self.texts = texts
  }

  /// The text of one field, or nil.
  public subscript(field: Field) -> String? {
    get { texts[field] }
    set { texts[field] = newValue }
  }
}
