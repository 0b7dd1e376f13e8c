import Tensors
import Testing

@Suite struct Tensor3Tests {
  @Test func rowsAreContiguousInRowMajorOrder() throws {
    let tensor = try Tensor3<Float>([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])
    #expect(tensor.shape == TensorShape(2, 3, 2))
    #expect(Array(tensor.scalars) == (1...12).map(Float.init))
    #expect(Array(tensor.row(1, 0)) == [7, 8])
    #expect(tensor[1, 2, 1] == 12)
  }

  @Test func changesDoNotReachCopies() {
    let original = Tensor3<Double>(shape: TensorShape(1, 1, 3), repeating: 2)
    var copy = original
    copy[0, 0, 1] = 5
    #expect(Array(original.scalars) == [2, 2, 2])
    #expect(Array(copy.scalars) == [2, 5, 2])
  }

  @Test func errorsNameExpectedAndFound() {
    #expect(throws: ShapeError("expected 6 scalars for the shape [1, 2, 3], found 5")) {
      try Tensor3<Float>(shape: TensorShape(1, 2, 3), scalars: [1, 2, 3, 4, 5])
    }
    #expect(throws: ShapeError("expected length 2 in row (0, 1), found 1")) {
      try Tensor3<Float>([[[1, 2], [3]]])
    }
    #expect(throws: ShapeError("expected 2 channels in sample 1, found 1")) {
      try Tensor3<Float>([[[1], [3]], [[1]]])
    }
  }

  @Test func aFailingInitialiserPassesItsErrorOn() {
    #expect(throws: ShapeError("stop")) {
      try Tensor3<Float>(shape: TensorShape(1, 1, 4)) { (_) throws(ShapeError) in throw ShapeError("stop") }
    }
  }

  @Test func emptyTensorsHaveNoScalars() throws {
    #expect(try Tensor3<Float>([]).shape == TensorShape(0, 0, 0))
    #expect(Tensor3<Float>(shape: TensorShape(2, 3, 0)).scalars.isEmpty)
  }
}
