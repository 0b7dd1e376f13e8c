public import InstanceNorm
public import Tensors

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
  ///   - prefix: What stands before each key.
  ///   - type: The layer's scalar type; stored values are converted.
  ///   - eps: The norm's eps.
  ///   - form: What the linear map makes.
  ///   - order: Which half of its outputs comes first.
  ///   - device: Where the layer computes.
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion` or `shape`) that names the key.
  public func adaIN1d<Scalar: TensorScalar>(
    prefix: String = "", as type: Scalar.Type = Scalar.self, eps: Double = 1e-5,
    form: AdaIN1d<Scalar>.Form = .gammaBeta, order: AdaIN1d<Scalar>.Order = .scaleFirst,
    device: Device = .cpu
  ) throws(InterchangeError) -> AdaIN1d<Scalar> {
    let outputs = try parameter(prefix + "fc.bias", shape: [nil], as: type)
    guard !outputs.isEmpty, outputs.count.isMultiple(of: 2) else {
      throw InterchangeError(
        .shape, source: source, key: prefix + "fc.bias", expected: "shape [2C]", found: "[\(outputs.count)]")
    }
    let spread: Spread
    do {
      spread = try Spread(checking: .biased, eps: eps)
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
  ///   - prefix: What stands before each key.
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
