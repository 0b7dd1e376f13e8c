import SoundFiles

/// The numbers of files of folders that are no inputs, by extension.
///
/// These are files whose names are neither those of sound files nor of profiles, pipes and devices with such names, and
/// sound files in the output folder that are no results.
struct LeftOutFiles: Hashable, Encodable, Sendable {
  /// The number of files with each extension in lower case; an empty one stands for none.
  private(set) var counts: [String: Int] = [:]
  /// The extensions of the sound files in the output folder, by the files' identity.
  private var inOutput: [String: String] = [:]

  /// The most extensions that are listed.
  private static let namedKinds = 5

  init() {}

  /// Counts names; hidden ones do not count.
  init(names: [String]) {
    for name in names where !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      counts[Paths.suffix(name).lowercased(), default: 0] += 1
    }
  }

  /// Counts what is left out of folders and below where files with the extensions `suffixes` are wanted.
  ///
  /// Of an output folder in them only the files with these extensions count, as long as they are not taken for results
  /// (``remove(results:)``).
  init(folders: [String], except suffixes: Set<String>, output: String? = nil) {
    for folder in folders {
      let walk = FolderWalk(folder, suffixes: suffixes, except: output)
      add(LeftOutFiles(names: walk.leftOut))
      for name in walk.passedOver {
        inOutput[Paths.identity(Paths.join(folder, name))] = Paths.suffix(name).lowercased()
      }
    }
  }

  /// Adds the counts of others.
  mutating func add(_ other: LeftOutFiles) {
    counts.merge(other.counts, uniquingKeysWith: +)
    inOutput.merge(other.inOutput) { own, _ in own }
  }

  /// Removes the results of this or an earlier run from the files in the output folder.
  mutating func remove(results: some Sequence<String>) {
    guard !inOutput.isEmpty else { return }
    for result in results where result != Paths.standardStream { inOutput[Paths.identity(result)] = nil }
  }

  /// The counts in words, the most frequent extensions first; `nil` without files.
  var text: String? {
    guard !counts.isEmpty || !inOutput.isEmpty else { return nil }
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var parts = sorted.prefix(Self.namedKinds).map { suffix, count in
      "\(count) " + (suffix.isEmpty ? "without extension" : ".\(suffix)")
    }
    let others = sorted.dropFirst(Self.namedKinds).reduce(0) { $0 + $1.value }
    if others > 0 { parts.append("\(others) of other kinds") }
    if !inOutput.isEmpty {
      let none = inOutput.count == 1 ? "is no result" : "are no results"
      parts.append("\(inOutput.count) in the output folder that \(none)")
    }
    return "left out: " + parts.joined(separator: ", ")
  }

  /// Writes the counts by extension.
  func encode(to encoder: any Encoder) throws {
    try counts.merging(inOutput.values.map { ($0, 1) }, uniquingKeysWith: +).encode(to: encoder)
  }
}
