import Foundation
import SoundFiles

/// The files of folders that are neither sound files nor profiles as far as their names say, counted by kind.
struct LeftOutFiles: Hashable, Encodable, Sendable {
  /// How many files have an extension, in small letters; an empty one stands for none.
  private(set) var counts: [String: Int] = [:]

  /// How many kinds are named.
  private static let namedKinds = 5

  init() {}

  /// Counts those of some names whose extension is not among others; what is hidden does not count.
  init(names: [String], except suffixes: Set<String>) {
    for name in names where !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      let suffix = Paths.suffix(name).lowercased()
      if !suffixes.contains(suffix) { counts[suffix, default: 0] += 1 }
    }
  }

  /// Counts those in folders and below, without what lies in an output folder.
  init(folders: [String], except suffixes: Set<String>, output: String?) {
    let skipped = output.map { Paths.identity($0) + "/" }
    for folder in folders {
      let names = FileSystemView.filesLeftOut(in: folder, suffixes: suffixes).filter { name in
        let path = Paths.join(folder, name)
        return Paths.isRegularFile(path) && !(skipped.map { Paths.identity(path).hasPrefix($0) } ?? false)
      }
      counts.merge(LeftOutFiles(names: names, except: suffixes).counts, uniquingKeysWith: +)
    }
  }

  /// Adds others.
  mutating func add(_ other: LeftOutFiles) { counts.merge(other.counts, uniquingKeysWith: +) }

  /// What was left out, the most frequent kinds first; `nil` for nothing.
  var text: String? {
    guard !counts.isEmpty else { return nil }
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var parts = sorted.prefix(Self.namedKinds).map { suffix, count in
      "\(count) " + (suffix.isEmpty ? "without extension" : ".\(suffix)")
    }
    let others = sorted.dropFirst(Self.namedKinds).reduce(0) { $0 + $1.value }
    if others > 0 { parts.append("\(others) of other kinds") }
    return "left out: " + parts.joined(separator: ", ")
  }

  /// Writes the counts by extension.
  func encode(to encoder: any Encoder) throws { try counts.encode(to: encoder) }
}
