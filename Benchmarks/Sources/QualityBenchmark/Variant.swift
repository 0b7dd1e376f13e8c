@_spi(Calibration) import AudioRestyle
import Foundation

/// Numbers of the methods that differ from those of every restyling, under a name.
struct Variant: Hashable, Sendable {
  let name: String
  let numbers: MethodNumbers

  /// The numbers of every restyling, as JSON.
  static func standard() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(MethodNumbers.standard), as: UTF8.self)
  }

  /// Reads variants from a JSON object: for each name the numbers that change, in the structure of ``standard()``.
  ///
  /// - Throws: ``VariantError`` where a number is not known or of another type.
  static func read(_ path: String) throws -> [Variant] {
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
    guard let variants = file as? [String: [String: Any]] else {
      throw VariantError(problem: "\(path): expected an object with an object for each variant")
    }
    let base = try JSONSerialization.jsonObject(with: Data(standard().utf8))
    return try variants.keys.sorted().map { name in
      let tree = try merged(base, with: variants[name] ?? [:], at: "\(path): \(name)")
      do {
        let data = try JSONSerialization.data(withJSONObject: tree)
        return Variant(name: name, numbers: try JSONDecoder().decode(MethodNumbers.self, from: data))
      } catch {
        throw VariantError(problem: "\(path): \(name): \(error)")
      }
    }
  }

  /// A tree of numbers with some of them changed.
  private static func merged(_ tree: Any, with changes: Any, at path: String) throws -> Any {
    guard var node = tree as? [String: Any] else { return changes }
    guard let changes = changes as? [String: Any] else {
      throw VariantError(problem: "\(path): expected an object, found \(changes)")
    }
    for (key, change) in changes {
      guard let value = node[key] else {
        throw VariantError(
          problem: "\(path).\(key): expected one of \(node.keys.sorted().joined(separator: ", "))")
      }
      node[key] = try merged(value, with: change, at: "\(path).\(key)")
    }
    return node
  }
}

/// Variants that cannot be read.
struct VariantError: Error, CustomStringConvertible {
  let problem: String
  var description: String { problem }
}
