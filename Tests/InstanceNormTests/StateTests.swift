import Foundation
import InstanceNorm
import Tensors
import Testing

@Suite struct ConfigurationTests {
  @Test func aRoundTripThroughJSONRestoresEverything() throws {
    let layers = [
      InstanceNorm1d<Float>(3),
      InstanceNorm1d<Float>(
        5, eps: 0.01, momentum: nil, affine: true, trackRunningStats: true, conventions: .lucid, bias: false),
    ]
    for layer in layers {
      let data = try JSONEncoder().encode(layer.configuration)
      let decoded = try JSONDecoder().decode(InstanceNormConfiguration.self, from: data)
      #expect(decoded == layer.configuration)
      #expect(InstanceNorm1d<Float>(decoded) == layer)
    }
  }

  @Test func missingKeysTakeTheDefaults() throws {
    func decode(_ text: String) throws -> InstanceNormConfiguration {
      try JSONDecoder().decode(InstanceNormConfiguration.self, from: Data(text.utf8))
    }
    #expect(try decode("{}") == InstanceNormConfiguration())
    #expect(try decode(#"{"numFeatures": 4}"#) == InstanceNorm1d<Float>(4).configuration)
    #expect(try decode(#"{"momentum": null}"#).momentum == nil)
    #expect(throws: DecodingError.self) { try decode(#"{"eps": -1}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"numFeatures": -1}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"conventions": "other"}"#) }
  }

  @Test func aLazyLayerTakesTheChannelsOfItsFirstInput() throws {
    var configuration = InstanceNormConfiguration()
    configuration.trackRunningStats = true
    var lazy = LazyInstanceNorm1d<Double>(configuration)
    #expect(lazy.layer == nil)
    let input = randomTensor(TensorShape(2, 3, 20), seed: 1, as: Double.self)
    var norm = InstanceNorm1d<Double>(3, trackRunningStats: true)
    #expect(try lazy.trainingStep(input) == norm.trainingStep(input))
    #expect(lazy.layer == norm)
    #expect(try lazy(input) == norm(input))
    #expect(throws: ShapeError.self) { try lazy(Tensor3(shape: TensorShape(1, 4, 20))) }
    #expect(lazy.layer?.numFeatures == 3)
    #expect(LazyInstanceNorm1d<Float>(InstanceNormConfiguration(numFeatures: 2)).layer == InstanceNorm1d(2))
  }

  @Test func devicesAreValues() throws {
    let device = ComputeDevice.cpu(threads: 3, kernels: .swift)
    let data = try JSONEncoder().encode(device)
    #expect(try JSONDecoder().decode(ComputeDevice.self, from: data) == device)
    #expect("\(device)" == "cpu")
    #expect(ComputeDevice.cpu == ComputeDevice.cpu(threads: nil))
  }
}

@Suite struct StateDictionaryTests {
  let full = InstanceNorm1d<Float>(2, affine: true, trackRunningStats: true)

  @Test func keysArePyTorchs() {
    #expect(
      full.stateDictionary == [
        "weight": .values([1, 1]), "bias": .values([0, 0]), "running_mean": .values([0, 0]),
        "running_var": .values([1, 1]), "num_batches_tracked": .count(0),
      ])
    #expect(InstanceNorm1d<Float>(2).stateDictionary.isEmpty)
    #expect(
      Set(InstanceNorm1d<Float>(2, affine: true, bias: false).stateDictionary.keys) == ["weight"])
  }

  @Test func aRoundTripRestoresTheLayer() throws {
    var trained = full
    trained.weight = [2, 3]
    trained.bias = [4, 5]
    _ = try trained.trainingStep(Tensor3([[[1, 2, 3], [4, 5, 9]]]))
    var restored = full
    try restored.loadStateDictionary(trained.stateDictionary)
    #expect(restored == trained)
    #expect(restored.numBatchesTracked == 1)
  }

  @Test func checkpointsBelowVersion2LackTheCount() throws {
    var state = full.stateDictionary
    state["num_batches_tracked"] = nil
    state["weight"] = .values([7, 8])
    var norm = full
    try norm.loadStateDictionary(state, version: 1)
    #expect(norm.weight == [7, 8] && norm.numBatchesTracked == 0)
    let error = #expect(throws: StateError.self) { try norm.loadStateDictionary(state) }
    #expect(
      error?.description == "Error(s) in loading the state dictionary: missing key num_batches_tracked")
  }

  @Test func everyProblemIsNamedAndNothingChanges() {
    var norm = full
    let error = #expect(throws: StateError.self) {
      try norm.loadStateDictionary([
        "weight": .values([1, 2, 3]), "bias": .count(4), "running_mean": .values([0, 1]),
        "num_batches_tracked": .values([1]), "gamma": .values([]),
      ])
    }
    #expect(
      error?.description == "Error(s) in loading the state dictionary: "
        + "expected 2 values for weight, found 3; expected 2 values for bias, found an integer; "
        + "missing key running_var; expected an integer for num_batches_tracked, found 1 values; "
        + "unexpected key gamma")
    #expect(norm == full)
  }

  @Test func runningStatisticsForALayerWithoutThem() throws {
    var norm = InstanceNorm1d<Float>(2, affine: true)
    let error = #expect(throws: StateError.self) { try norm.loadStateDictionary(full.stateDictionary) }
    #expect(error?.description.contains("unexpected running statistics running_mean") == true)
    try norm.loadStateDictionary(full.stateDictionary, strict: false)
  }

  @Test func withoutStrictnessMissingKeysKeepTheirValues() throws {
    var norm = full
    try norm.loadStateDictionary(["bias": .values([5, 6])], strict: false)
    #expect(norm.bias == [5, 6] && norm.weight == [1, 1] && norm.numBatchesTracked == 0)
  }
}
