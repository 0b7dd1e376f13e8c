import Foundation
import Tensors
import Testing

/// Slices, joins, and what a tensor prints.
@Suite struct PartTests {
  private let tensor: Tensor3<Float>

  init() throws {
    tensor = try Tensor3(shape: TensorShape(3, 4, 5), scalars: (0..<60).map { Float($0) })
  }

  @Test func partsHoldTheScalarsInOrder() {
    let samples = tensor[samples: 1..<3]
    let channels = tensor[channels: 1..<2]
    let positions = tensor[positions: 2..<5]
    #expect(samples.shape == TensorShape(2, 4, 5) && channels.shape == TensorShape(3, 1, 5))
    #expect(positions.shape == TensorShape(3, 4, 3))
    for n in 0..<3 {
      for c in 0..<4 {
        for l in 0..<5 {
          let value = tensor[n, c, l]
          if n >= 1 { #expect(samples[n - 1, c, l] == value) }
          if c == 1 { #expect(channels[n, 0, l] == value) }
          if l >= 2 { #expect(positions[n, c, l - 2] == value) }
        }
      }
    }
    #expect(tensor[positions: 3..<3].shape == TensorShape(3, 4, 0))
    let matrix = tensor.sample(1)
    #expect(matrix[channels: 2..<4].row(1) == matrix.row(3))
    #expect(matrix[positions: 1..<2].row(3).first == matrix[3, 1])
  }

  @Test(arguments: TensorAxis.allCases) func joiningUndoesSlicing(axis: TensorAxis) throws {
    let parts: [Tensor3<Float>]
    switch axis {
    case .samples: parts = [tensor[samples: 0..<1], tensor[samples: 1..<1], tensor[samples: 1..<3]]
    case .channels: parts = [tensor[channels: 0..<3], tensor[channels: 3..<4]]
    case .positions:
      parts = [tensor[positions: 0..<2], tensor[positions: 2..<3], tensor[positions: 3..<5]]
    }
    #expect(try Tensor3(concatenating: parts, along: axis) == tensor)
  }

  @Test func errorsNameExpectedAndFound() {
    #expect(throws: ShapeError("expected at least 1 tensor to concatenate, found none")) {
      try Tensor3<Float>(concatenating: [], along: .positions)
    }
    #expect(
      throws: ShapeError(
        "expected tensors of the shape [3, 4, 5] but along positions, found [2, 4, 5] in tensor 1")
    ) {
      try Tensor3(concatenating: [tensor, tensor[samples: 0..<2]], along: .positions)
    }
    #expect(throws: ShapeError("expected extents of 0 or more, found [1, -2, 3]")) {
      try TensorShape(checking: 1, -2, 3)
    }
    #expect(
      throws: ShapeError("expected a size that fits an Int, found [4294967296, 4294967296, 1]")
    ) {
      try TensorShape(checking: 1 << 32, 1 << 32, 1)
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TensorShape.self, from: Data(#"{"n": 1, "c": -1, "l": 2}"#.utf8))
    }
    #expect(
      ShapeError("expected this, found that").localizedDescription == "expected this, found that")
    #expect(
      ParameterError("eps", expected: "0", found: "1").localizedDescription
        == "expected 0 for eps, found 1")
  }

  @Test func aShapeSurvivesJSON() throws {
    let data = try JSONEncoder().encode(tensor.shape)
    #expect(try JSONDecoder().decode(TensorShape.self, from: data) == tensor.shape)
  }

  @Test func longTensorsPrintShort() throws {
    #expect("\(tensor)" == "Tensor3<Float>[3, 4, 5]: 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, …")
    #expect("\(try Tensor2<Double>([[1, 2]]))" == "Tensor2<Double>[1, 2]: 1.0, 2.0")
  }

  /// A mistake of the caller stops the program with its sentence, in release builds as well.
  @Test func mistakesStopWithTheirSentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor3<Float>(shape: TensorShape(1, 2, 3))[positions: 2..<4]
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the part [0..<1, 0..<2, 2..<4] is outside [1, 2, 3]"))
  }
}
