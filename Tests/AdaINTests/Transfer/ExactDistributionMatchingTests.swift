import AdaIN
import TestSupport
import Testing

/// Exact matching against the paper's definition, written out as a sort of pairs.
@Suite struct ExactDistributionMatchingTests {
  /// The value at place r among the style's sorted values for the content value of rank r; equal ones by position.
  private func definition(_ content: [Double], _ style: [Double]) -> [Double] {
    let sorted = style.sorted()
    return content.indices.map { i in
      // The rank by counting: what is smaller, and what is equal and stands before.
      let rank = content.indices.count { content[$0] < content[i] || content[$0] == content[i] && $0 < i }
      return sorted[rank]
    }
  }

  /// Rows without ties, with few distinct values, of one value, and rising or falling.
  private func row(_ kind: Int, _ length: Int, _ random: inout SplitMix64) -> [Double] {
    (0..<length).map { i in
      switch kind {
      case 0: random.normal()
      case 1: Double(Int.random(in: -2...2, using: &random))
      case 2: 0.25
      case 3: Double(i)
      default: Double(-i / 3)
      }
    }
  }

  @Test(arguments: 0..<5, [1, 2, 7, 64, 301]) func equalLengthsFollowTheDefinition(kind: Int, length: Int)
    throws
  {
    var random = SplitMix64(state: UInt64(kind * 1000 + length))
    for other in 0..<5 {
      let (content, style) = (row(kind, length, &random), row(other, length, &random))
      let shape = TensorShape(1, 1, length)
      let output = try ExactDistributionMatching()(
        Tensor3(shape: shape, scalars: content), style: Tensor3(shape: shape, scalars: style))
      #expect(Array(output.scalars) == definition(content, style))
      #expect(output.scalars.sorted() == style.sorted())
    }
  }

  /// The map of values: where content values are equal, the mean of what the definition gives them.
  @Test(arguments: 0..<5, [1, 2, 7, 64, 301]) func quantileMapsShareTiesOut(kind: Int, length: Int) throws {
    var random = SplitMix64(state: UInt64(kind * 1000 + length) + 7)
    for other in 0..<5 {
      let (content, style) = (row(kind, length, &random), row(other, length, &random))
      let shape = TensorShape(1, 1, length)
      let output = try QuantileTransfer()(
        Tensor3(shape: shape, scalars: content), style: Tensor3(shape: shape, scalars: style))
      let exact = definition(content, style)
      for (i, value) in content.enumerated() {
        let tied = content.indices.filter { content[$0] == value }.map { exact[$0] }
        let mean = tied.reduce(0, +) / Double(tied.count)
        // As many additions as there are ties, and the interpolation at a knot.
        let largest = tied.reduce(1) { max($0, abs($1)) }
        #expect(abs(output[0, 0, i] - mean) <= Double(tied.count + 2) * .ulpOfOne * largest)
      }
    }
  }

  @Test func otherLengthsInterpolateAtTheSameShares() throws {
    // Three values at the shares 1/6, 1/2, 5/6; the style's two at 1/4 and 3/4.
    let output = try ExactDistributionMatching()(
      Tensor3<Double>([[[5, 1, 3]]]), style: Tensor3<Double>([[[10, 30]]]))
    #expect(Array(output.scalars) == [30, 10, 20])
  }
}
