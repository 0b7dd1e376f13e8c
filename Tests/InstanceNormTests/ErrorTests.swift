import Foundation
import InstanceNorm
import Tensors
import Testing

/// Every error, its words, and that it changes nothing.
@Suite struct ErrorTests {
  static let channelError = ShapeError(
    "expected input's size at dim=1 to match numFeatures (3), but got: 4 in input size [2, 4, 5]")
  static let lengthError = ShapeError(
    "Expected more than 1 spatial element when training, got input size [2, 3, 1]")

  @Test(arguments: InstanceNormConventions.allCases)
  func aWrongNumberOfChannels(conventions: InstanceNormConventions) {
    var norm = InstanceNorm1d<Float>(3, trackRunningStats: true, conventions: conventions)
    let before = norm
    let input = Tensor3<Float>(shape: TensorShape(2, 4, 5), repeating: 1)
    var output = Tensor3<Float>(shape: TensorShape(2, 4, 5), repeating: 2)
    let untouched = output
    var inPlace = input
    #expect(throws: Self.channelError) { try norm(input) }
    #expect(throws: Self.channelError) { try norm(input, into: &output) }
    #expect(throws: Self.channelError) { try norm(inPlace: &inPlace) }
    #expect(throws: Self.channelError) { try norm.trainingStep(input) }
    #expect(output == untouched && inPlace == input && norm == before)
  }

  @Test func oneSpatialElement() throws {
    let input = Tensor3<Float>(shape: TensorShape(2, 3, 1), repeating: 1)
    var norm = InstanceNorm1d<Float>(3)
    #expect(throws: Self.lengthError) { try norm(input) }
    #expect(throws: Self.lengthError) { try norm.trainingStep(input) }
    // With running statistics only training needs more than one position.
    var tracking = InstanceNorm1d<Float>(3, trackRunningStats: true)
    let before = tracking
    #expect(throws: Self.lengthError) { try tracking.trainingStep(input) }
    #expect(tracking == before)
    _ = try tracking(input)
    var lucid = InstanceNorm1d<Float>(3, trackRunningStats: true, conventions: .lucid)
    _ = try lucid.trainingStep(input)
  }

  /// By their own names, the conventions that take a single position give the bias there.
  @Test(arguments: [InstanceNormConventions.onnx, .coreML, .mlx, .lucid])
  func aSinglePositionGivesTheBias(conventions: InstanceNormConventions) throws {
    var norm = InstanceNorm1d<Float>(2, affine: true, conventions: conventions)
    norm.weight = [5, -2]
    norm.bias = [3, -1]
    let output = try norm(Tensor3<Float>([[[7], [1e6]], [[-2], [0]]]))
    #expect(output.scalars == [3, -1, 3, -1])
  }

  @Test func lucidRejectsMatrices() throws {
    var norm = InstanceNorm1d<Float>(2, conventions: .lucid)
    let matrix = Tensor2<Float>(channels: 2, length: 9)
    let expected = ShapeError("expected 3D input (got 2D input of size [2, 9])")
    #expect(throws: expected) { try norm(matrix) }
    #expect(throws: expected) { try norm.trainingStep(matrix) }
  }

  @Test func anOutputOfAnotherShape() throws {
    let norm = InstanceNorm1d<Float>(3)
    var output = Tensor3<Float>(shape: TensorShape(2, 3, 4))
    #expect(throws: ShapeError("expected an output of the input's size [2, 3, 5], found [2, 3, 4]")) {
      try norm(Tensor3(shape: TensorShape(2, 3, 5)), into: &output)
    }
  }
}

/// Values that come from data are answered by errors; `import InstanceNorm` alone brings the tensors.
@Suite struct CheckingTests {
  private func expect<Value>(
    _ message: String, _ location: SourceLocation = #_sourceLocation,
    _ body: () throws(ParameterError) -> Value
  ) {
    let error = #expect(throws: ParameterError.self, sourceLocation: location) { _ = try body() }
    #expect(error?.localizedDescription == message, sourceLocation: location)
  }

  @Test func valuesOutOfRange() throws {
    expect("expected at least 1 for threads, found 0") { () throws(ParameterError) in
      try ComputeDevice.cpu(checking: 0)
    }
    #expect(
      try ComputeDevice.cpu(checking: 2) == .cpu(threads: 2) && ComputeDevice.cpu(checking: nil) == .cpu)
    for eps in [-1, Double.nan, .infinity] {
      expect("expected a finite number of 0 or more for eps, found \(eps)") {
        () throws(ParameterError) in
        try DeviationRule(checking: .biased, eps: eps)
      }
      var configuration = InstanceNormConfiguration(numFeatures: 3)
      configuration.eps = eps
      expect("expected a finite number of 0 or more for eps, found \(eps)") {
        () throws(ParameterError) in
        try InstanceNorm1d<Float>(checking: configuration)
      }
    }
    var configuration = InstanceNormConfiguration()
    expect(
      "expected a number of 0 or more in the configuration or beside it for numFeatures, found none"
    ) { () throws(ParameterError) in try InstanceNorm1d<Float>(checking: configuration) }
    configuration.numFeatures = 3
    expect("expected 3, as in the configuration for numFeatures, found 4") {
      () throws(ParameterError) in
      try InstanceNorm1d<Float>(checking: configuration, numFeatures: 4)
    }
    #expect(try InstanceNorm1d<Float>(checking: configuration) == InstanceNorm1d(3))
    configuration.momentum = .nan
    expect("expected a finite number or nil for momentum, found nan") { () throws(ParameterError) in
      try InstanceNorm1d<Float>(checking: configuration)
    }
    let norm = InstanceNorm1d<Float>(2)
    expect("expected at least 1 for samples, found 0") { () throws(ParameterError) in
      try StreamingInstanceNorm1d(checking: norm, samples: 0, memory: .cumulative)
    }
    expect("expected a number above 0 and at most 1 for share, found nan") {
      () throws(ParameterError) in
      try StreamingInstanceNorm1d(checking: norm, samples: 1, memory: .exponential(share: .nan))
    }
  }

  @Test func parametersOfAnotherSize() throws {
    var norm = InstanceNorm1d<Float>(2)
    let before = norm
    #expect(throws: ShapeError("expected 2 values in weight, found 3")) {
      try norm.setParameters(weight: [1, 2, 3], bias: nil)
    }
    #expect(throws: ShapeError("expected 2 values in bias, found 1")) {
      try norm.setParameters(weight: [1, 2], bias: [1])
    }
    #expect(norm == before)
    try norm.setParameters(weight: [1, 2], bias: [3, 4])
    #expect(norm.weight == [1, 2] && norm.bias == [3, 4])
  }

  @Test func decodedValuesAreChecked() {
    func fails<Value: Decodable>(_ type: Value.Type, _ text: String) -> Bool {
      (try? JSONDecoder().decode(type, from: Data(text.utf8))) == nil
    }
    #expect(fails(ComputeDevice.self, #"{"kind": "cpu", "threads": 0, "kernels": "fastest"}"#))
    #expect(!fails(ComputeDevice.self, #"{"kind": "cpu", "threads": 1, "kernels": "fastest"}"#))
    #expect(fails(DeviationRule.self, #"{"estimator": "biased", "eps": -1, "placement": "insideRoot"}"#))
  }

  @Test func stateErrorsHaveWords() {
    var norm = InstanceNorm1d<Float>(2, affine: true)
    let error = #expect(throws: StateError.self) { try norm.loadStateDictionary([:]) }
    #expect(
      error?.localizedDescription
        == "Error(s) in loading the state dictionary: missing key weight; missing key bias")
  }

  @Test func layersPrintOneLine() {
    let norm = InstanceNorm1d<Float>(2, estimator: .unbiased, epsPlacement: .outsideRoot)
    #expect(
      "\(norm)"
        == "InstanceNorm1d<Float>(2, eps: 1e-05, momentum: 0.1, affine: false, trackRunningStats: false, "
        + "estimator: unbiased, epsPlacement: outsideRoot)")
    #expect(
      "\(StreamingInstanceNorm1d(InstanceNorm1d<Float>(2)))"
        == "StreamingInstanceNorm1d(\(InstanceNorm1d<Float>(2)), samples: 1, memory: cumulative)")
    #expect("\(LazyInstanceNorm1d<Float>())" == "LazyInstanceNorm1d<Float>(no input yet)")
  }

  /// A mistake of the caller stops the program with its sentence, in release builds as well.
  @Test func mistakesStopWithTheirSentence() async {
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var norm = InstanceNorm1d<Float>(2)
      norm.weight = [1, 2, 3]
    }
    #expect(text(count).contains("expected 2 values in weight, found 3"))
    let eps = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var norm = InstanceNorm1d<Float>(2)
      norm.spread.eps = -100
    }
    #expect(text(eps).contains("expected a finite eps of 0 or more, found -100.0"))
    let momentum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = InstanceNorm1d<Float>(2, momentum: .nan)
    }
    #expect(text(momentum).contains("expected a finite momentum or nil, found nan"))
  }

  private func text(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }
}
