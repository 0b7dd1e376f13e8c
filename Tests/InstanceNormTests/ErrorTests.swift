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
