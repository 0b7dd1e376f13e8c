public import InstanceNorm
public import Tensors

/// State dictionaries of PyTorch's layers in safetensors files.
extension SafetensorsFile {
  /// The entries under a prefix as a layer's state: `InstanceNorm1d.loadStateDictionary(_:)` takes it.
  ///
  /// Arrays of one axis become values of the scalar type, single integers (shape []) become counts. Keys are given without
  /// the prefix; a key with a further dot belongs to another layer and is left out.
  ///
  /// - Parameters:
  ///   - prefix: What stands before each key, for example `decoder.norm1.`.
  ///   - type: The layer's scalar type; stored values are converted.
  /// - Throws: ``InterchangeError`` (`missingKey` where nothing stands under the prefix, `shape` for arrays of several
  ///   axes, `conversion`).
  public func stateDictionary<Scalar: TensorScalar>(
    prefix: String = "", as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> [String: StateEntry<Scalar>] {
    var state: [String: StateEntry<Scalar>] = [:]
    for name in names where name.hasPrefix(prefix) {
      let key = String(name.dropFirst(prefix.count))
      if key.isEmpty || key.contains(".") { continue }
      let array = try array(name)
      switch array.shape.count {
      case 0 where array.dtype.isInteger: state[key] = .count(try integers(name, as: Int.self)[0])
      case 1: state[key] = .values(try values(name, as: type))
      default:
        throw InterchangeError(
          .shape, source: source, key: name, expected: "shape [C], or [] for an integer",
          found: "\(array.dtype.rawValue) of shape \(array.shape)")
      }
    }
    if state.isEmpty {
      throw InterchangeError(
        .missingKey, source: source, key: prefix, expected: "keys with that prefix",
        found: names.isEmpty ? "no tensors" : "the names \(names.prefix(8).joined(separator: ", "))"
      )
    }
    return state
  }

  /// Stores a layer's state under a prefix: values with the shape [C], counts as I64 of shape [].
  ///
  /// - Parameters:
  ///   - state: `InstanceNorm1d.stateDictionary`.
  ///   - prefix: What stands before each key.
  public mutating func store<Scalar: TensorScalar>(
    _ state: [String: StateEntry<Scalar>], prefix: String = ""
  ) {
    for (key, entry) in state {
      switch entry {
      case .values(let values): store(values, [values.count], prefix + key)
      case .count(let count):
        let bytes = unsafe withUnsafeBytes(of: Int64(count)) { unsafe Array($0) }
        self[prefix + key] = StoredArray(checked: .i64, shape: [], bytes: bytes)
      }
    }
  }
}
