import Foundation

/// What a sound file says about itself besides its samples, as far as libsndfile reads and writes it.
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

  /// A binary record that is passed on as it is.
  public enum Record: String, Hashable, Sendable, CaseIterable, Codable {
    /// Cue points and their names.
    case cuePoints
    /// Pitch, key range and loops of a musical instrument sample.
    case instrument
    /// The broadcast extension, `bext` (EBU Tech 3285).
    case broadcast
    /// The cart chunk of radio automation (AES46).
    case cart
  }

  /// The text of each field that is present.
  public var texts: [Field: String]

  /// The bytes of each record that is present, in libsndfile's memory layout: good for passing on, not for storing.
  public var records: [Record: [UInt8]]

  /// Creates metadata.
  public init(texts: [Field: String] = [:], records: [Record: [UInt8]] = [:]) {
    self.texts = texts
    self.records = records
  }

  /// Whether there is nothing at all.
  public var isEmpty: Bool { texts.isEmpty && records.isEmpty }

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
