public import InstanceNorm
import TensorFiles
public import Tensors

/// State dictionaries of PyTorch's layers in safetensors files.
extension SafetensorsFile {
  /// The entries under a prefix as a layer's state, for `InstanceNorm1d.loadStateDictionary(_:)`.
  ///
  /// Arrays of one axis become values of the scalar type; single integers (shape []) become counts. The state's keys
  /// are without the prefix. A key with a further dot belongs to another layer and is left out.
  ///
  /// - Parameters:
  ///   - prefix: The text before each key, for example `decoder.norm1.`.
  ///   - type: The layer's scalar type; stored values are converted.
  /// - Throws: ``InterchangeError``: `missingKey` where no key has the prefix, `shape` for arrays of several axes and
  ///   single numbers that are no integers, `conversion` where a value does not fit the type.
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
  ///   - prefix: The text before each key.
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

/// The layers of networks in safetensors files, under PyTorch's keys.
///
/// | key | shape | |
/// |---|---|---|
/// | `fc.weight` | [2C, S] | the linear map |
/// | `fc.bias` | [2C] | its bias |
/// | `norm.weight`, `norm.bias` | [C] | weight and bias of the norm; optional |
extension SafetensorsFile {
  /// Reads an ``AdaIN1d`` whose keys stand under a prefix, such as `decoder.decode.0.norm1.`.
  ///
  /// - Parameters:
  ///   - prefix: The text before each key.
  ///   - type: The layer's scalar type; stored values are converted.
  ///   - eps: The norm's eps.
  ///   - form: The meaning of the linear map's outputs.
  ///   - order: Which half of the outputs comes first.
  ///   - device: Where the layer computes.
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion` or `shape`) that names the key.
  public func adaIN1d<Scalar: TensorScalar>(
    prefix: String = "", as type: Scalar.Type = Scalar.self, eps: Double = 1e-5,
    form: AdaIN1d<Scalar>.Form = .gammaBeta, order: AdaIN1d<Scalar>.Order = .scaleFirst,
    device: ComputeDevice = .cpu
  ) throws(InterchangeError) -> AdaIN1d<Scalar> {
    let outputs = try parameter(prefix + "fc.bias", shape: [nil], as: type)
    guard !outputs.isEmpty, outputs.count.isMultiple(of: 2) else {
      throw InterchangeError(
        .shape, source: source, key: prefix + "fc.bias", expected: "shape [2C]", found: "[\(outputs.count)]")
    }
    let spread: DeviationRule
    do {
      spread = try DeviationRule(checking: .biased, eps: eps)
    } catch {
      throw InterchangeError(
        .conversion, source: source, key: prefix + error.name, expected: error.expected, found: error.found)
    }
    let weight = try parameter(prefix + "fc.weight", shape: [outputs.count, nil], as: type)
    let channels = outputs.count / 2
    var norm = InstanceNorm1d<Scalar>(channels, conventions: .onnx, device: device)
    norm.spread = spread
    if self[prefix + "norm.weight"] != nil {
      norm.weight = try parameter(prefix + "norm.weight", shape: [channels], as: type)
    }
    if self[prefix + "norm.bias"] != nil {
      norm.bias = try parameter(prefix + "norm.bias", shape: [channels], as: type)
    }
    do {
      return try AdaIN1d(weight: weight, bias: outputs, norm: norm, form: form, order: order)
    } catch {
      throw InterchangeError(
        .shape, source: source, key: prefix + "fc", expected: "a linear map", found: error.description)
    }
  }

  /// Stores an ``AdaIN1d`` under PyTorch's keys.
  ///
  /// - Parameters:
  ///   - layer: The layer to store.
  ///   - prefix: The text before each key.
  public mutating func store<Scalar: TensorScalar>(_ layer: AdaIN1d<Scalar>, prefix: String = "") {
    store(layer.weight, [layer.bias.count, layer.styleSize], prefix + "fc.weight")
    store(layer.bias, [layer.bias.count], prefix + "fc.bias")
    if let weight = layer.norm.weight { store(weight, [weight.count], prefix + "norm.weight") }
    if let bias = layer.norm.bias { store(bias, [bias.count], prefix + "norm.bias") }
  }

  /// The values of an array whose shape is checked; nil stands for any extent.
  func parameter<Scalar: TensorScalar>(
    _ key: String, shape: [Int?], as type: Scalar.Type
  ) throws(InterchangeError) -> [Scalar] {
    let found = try array(key).shape
    guard found.count == shape.count, zip(found, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      let wanted = shape.map { $0.map { "\($0)" } ?? "any" }.joined(separator: ", ")
      throw InterchangeError(
        .shape, source: source, key: key, expected: "shape [\(wanted)]", found: "\(found)")
    }
    return try values(key, as: type)
  }
}

/// Statistics and moments in safetensors files, for exchange with Python.
///
/// | key | type | shape | |
/// |---|---|---|---|
/// | `count` | F64 | [N, C] | the number of values, or the sum of their weights |
/// | `mean` | F64 | [N, C] | the mean; 0 without values |
/// | `mean_low` | F64 | [N, C] | the low part of the mean, which `mean` lost in rounding; optional |
/// | `sum_of_squares` | F64 | [N, C] | Σ (x − mean)² |
/// | `std` | F64 | [N, C] | the standard deviation; for moments, beside `mean` |
extension SafetensorsFile {
  /// Stores statistics under `count`, `mean`, `mean_low` and `sum_of_squares`.
  ///
  /// - Parameters:
  ///   - statistics: The statistics to store.
  ///   - prefix: The text before each key.
  public mutating func store(_ statistics: StyleStatistics, prefix: String = "") {
    let shape = [statistics.batchSize, statistics.numFeatures]
    store(statistics.count, shape, prefix + "count")
    store(statistics.channels.map { $0.count > 0 ? $0.mean : 0 }, shape, prefix + "mean")
    store(statistics.channels.map(\.meanLow), shape, prefix + "mean_low")
    store(statistics.channels.map(\.sumOfSquares), shape, prefix + "sum_of_squares")
  }

  /// Stores moments under `mean` and `std`.
  ///
  /// - Parameters:
  ///   - moments: The moments to store.
  ///   - prefix: The text before each key.
  public mutating func store(_ moments: StyleMoments, prefix: String = "") {
    let shape = [moments.batchSize, moments.numFeatures]
    store(moments.mean, shape, prefix + "mean")
    store(moments.standardDeviation, shape, prefix + "std")
  }

  /// Reads statistics that were stored under a prefix; `mean_low` may be missing.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `shape`, or `conversion` for counts and sums below 0 or NaN).
  public func statistics(prefix: String = "") throws(InterchangeError) -> StyleStatistics {
    let (count, shape) = try matrix(prefix + "count", like: nil)
    let (mean, _) = try matrix(prefix + "mean", like: shape)
    let (squares, _) = try matrix(prefix + "sum_of_squares", like: shape)
    let low = self[prefix + "mean_low"] == nil ? nil : try matrix(prefix + "mean_low", like: shape).values
    for (key, values) in [("count", count), ("sum_of_squares", squares)] {
      if let value = values.first(where: { !($0 >= 0) }) {
        throw InterchangeError(
          .conversion, source: source, key: prefix + key, expected: "values of 0 or more", found: "\(value)")
      }
    }
    let channels = count.indices.map {
      ChannelMoments(count: count[$0], mean: mean[$0], meanLow: low?[$0] ?? 0, sumOfSquares: squares[$0])
    }
    do {
      return try StyleStatistics(channels, numFeatures: shape[1], batchSize: shape[0])
    } catch {
      throw InterchangeError(.shape, source: source, expected: "shape \(shape)", found: error.description)
    }
  }

  /// Reads moments that were stored under a prefix.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion` or `shape`).
  public func moments(prefix: String = "") throws(InterchangeError) -> StyleMoments {
    let (mean, shape) = try matrix(prefix + "mean", like: nil)
    let (deviation, _) = try matrix(prefix + "std", like: shape)
    return StyleMoments(
      checkedMean: mean, standardDeviation: deviation, batchSize: shape[0], numFeatures: shape[1])
  }

  /// Stores values; their number must be that of the shape.
  mutating func store<Scalar: TensorScalar>(_ values: [Scalar], _ shape: [Int], _ key: String) {
    let bytes = unsafe values.withUnsafeBytes { unsafe Array($0) }
    self[key] = StoredArray(checked: Scalar.dtype, shape: shape, bytes: bytes)
  }

  /// Values of shape [N, C]; [C] counts as N = 1.
  private func matrix(
    _ key: String, like expected: [Int]?
  ) throws(InterchangeError) -> (values: [Double], shape: [Int]) {
    let found = try array(key).shape
    let shape = found.count == 1 ? [1] + found : found
    guard shape.count == 2, shape == expected ?? shape else {
      throw InterchangeError(
        .shape, source: source, key: key, expected: "shape \(expected.map { "\($0)" } ?? "[N, C] or [C]")",
        found: "\(found)")
    }
    return (try values(key, as: Double.self), shape)
  }
}
