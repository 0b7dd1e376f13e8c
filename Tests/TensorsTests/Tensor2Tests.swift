import Tensors
import Testing

@Suite struct Tensor2Tests {
  @Test func rowsAreContiguousInRowMajorOrder() throws {
    var matrix = try Tensor2<Float>([[1, 2, 3], [4, 5, 6]])
    #expect(matrix.channels == 2 && matrix.length == 3)
    #expect(Array(matrix.scalars) == [1, 2, 3, 4, 5, 6])
    #expect(Array(matrix.row(1)) == [4, 5, 6])
    matrix[0, 2] = 9
    #expect(matrix[0, 2] == 9)
    #expect(matrix.batched.shape == TensorShape(1, 2, 3))
  }

  @Test func aSampleLeavesItsBatch() throws {
    let tensor = try Tensor3<Double>([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    #expect(try tensor.sample(1) == Tensor2([[5, 6], [7, 8]]))
    #expect(try Tensor2(Tensor3([[[1, 2], [3, 4]]])) == tensor.sample(0))
  }

  @Test func errorsNameExpectedAndFound() {
    #expect(throws: ShapeError("expected a tensor of 1 sample, found shape [2, 1, 3]")) {
      try Tensor2(Tensor3<Float>(shape: TensorShape(2, 1, 3)))
    }
    #expect(throws: ShapeError("expected 4 scalars for the shape [1, 2, 2], found 1")) {
      try Tensor2<Float>(channels: 2, length: 2, scalars: [1])
    }
  }
}
