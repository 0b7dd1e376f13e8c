import Foundation

/// What a sound file says about itself besides its samples: text fields that every container has some of, and all else as
/// the file stores it, which is passed on between containers of one family (<doc:Metadata>).
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

  /// All that the file holds, as it is stored there; nil where it was not read from one.
  var stored: StoredMetadata?

  /// Creates metadata.
  public init(texts: [Field: String] = [:]) {
    self.texts = texts
  }

  /// Whether there is nothing at all.
  public var isEmpty: Bool { texts.isEmpty && partNames.isEmpty }

  /// The names of the chunks, blocks or tags that the file holds: `bext`, `cue `, `PICTURE` and so on.
  public var partNames: [String] { stored?.parts.map(\.name) ?? [] }

  /// The stored parts for a file of a format: those of its family, or what they are there.
  func stored(for format: SoundFileFormat) -> StoredMetadata? {
    guard let stored, let family = StoredMetadata.family(of: format) else { return nil }
    return stored.family == family ? stored : stored.converted(to: family)
  }

  /// The text of one field, or nil.
  public subscript(field: Field) -> String? {
    get { texts[field] }
    set { texts[field] = newValue }
  }

  /// A program's name without the “ (libsndfile-1.2.3)” that libsndfile adds on writing.
  static func withoutLibraryName(_ software: String) -> String? {
    if software.hasPrefix("libsndfile-") { return nil }
    guard software.hasSuffix(")"), let range = software.range(of: " (libsndfile-", options: .backwards) else {
      return software
    }
    return String(software[..<range.lowerBound])
  }
}
