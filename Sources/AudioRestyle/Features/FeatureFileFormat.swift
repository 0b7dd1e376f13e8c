/// The file formats of feature sequences, by the extension of their names.
public enum FeatureFileFormat: String, CaseIterable, Hashable, Sendable {
  /// NumPy: the levels alone.
  case npy
  /// NumPy's archive: levels, frequencies and all facts.
  case npz
  /// Safetensors: the same.
  case safetensors

  /// The format of a file's name.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for other extensions.
  public init(path: String) throws(RestyleError) {
    let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard path.contains("."), let format = Self(rawValue: suffix) else {
      throw .invalidOption("\(path): expected a name that ends in .npy, .npz or .safetensors")
    }
    self = format
  }
}
