import Foundation

extension TemporaryFiles {
  /// The end of every hidden name.
  static let suffix = ".part"
  /// From what age in seconds on a file without a visible name of its own is a leftover; a live one loses its name at once.
  private static let spoolAge = 60

  /// Removes the hidden files that killed programs left beside some outputs.
  ///
  /// A file that a living program writes is locked, and stays. Where a file system has no locks, nothing is removed.
  ///
  /// - Parameter outputs: The paths of the outputs; hidden files of others are not touched, but for old ones that have
  ///   no name of an output.
  package static func removeLeftovers(besides outputs: some Sequence<String>) {
    var names: [String: Set<String>] = [:]
    for output in outputs where !Paths.isStream(output) {
      names[OutputFile.folder(of: output), default: []].insert(TemporaryFile.stem(of: Paths.name(output)))
    }
    for (folder, stems) in names {
      guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else { continue }
      for entry in entries {
        guard let stem = stem(ofHidden: entry), stem == TemporaryFile.spoolName || stems.contains(stem) else {
          continue
        }
        removeUnlessLocked(
          Paths.join(folder, entry), olderThan: stem == TemporaryFile.spoolName ? spoolAge : 0)
      }
    }
  }

  /// The name that a hidden one was derived from; nil for other names.
  static func stem(ofHidden name: String) -> String? {
    guard name.hasPrefix("."), name.hasSuffix(suffix) else { return nil }
    let inner = name.dropFirst().dropLast(suffix.count)
    guard let dot = inner.lastIndex(of: "."), dot > inner.startIndex else { return nil }
    let unique = inner[inner.index(after: dot)...].utf8
    let isNumber = unique.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    return (1...13).contains(unique.count) && isNumber ? String(inner[..<dot]) : nil
  }

  private static func removeUnlessLocked(_ path: String, olderThan age: Int) {
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int64(time(nil)) - FileStamp(status).seconds >= Int64(age), flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return }
    unsafe unlink(path)
  }
}
