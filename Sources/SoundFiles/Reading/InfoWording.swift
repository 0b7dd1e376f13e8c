/// The wording of the warnings in ``SoundFileInfo/warnings``.
enum InfoWording {
  static func truncated(found: Int, expected: Int?, byteCount: Int, declaredEnd: Int?) -> String {
    if let expected {
      return "the file breaks off: its header promises \(expected) frames, \(found) are there"
    }
    if let declaredEnd {
      return "the file breaks off: its header promises \(declaredEnd) bytes, \(byteCount) are there"
        + " (\(found) frames can be read)"
    }
    return "the file breaks off: its end is missing (\(found) frames can be read)"
  }

  static func endsEarly(found: Int, expected: Int) -> String {
    "the file breaks off or is damaged: \(expected) frames were expected, \(found) could be decoded"
  }

  static func damaged(atFrame frame: Int, _ message: String) -> String {
    "the file is damaged near frame \(frame): \(message)"
  }

  static let unclosed =
    "the header was never completed (a recording that was cut short?); all sound found after it is used"

  static let moreStreams =
    "more sound follows after the declared end of the stream (files joined end to end?); only the first part is read"
}
