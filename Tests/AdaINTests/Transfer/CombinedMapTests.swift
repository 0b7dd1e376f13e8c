import AdaIN
import TestSupport
import Testing

@Suite struct CombinedMapTests {
  private func pair() throws -> (content: Tensor3<Double>, map: LinearMap, shift: ShiftMap) {
    let content = try Tensor3<Double>.random(TensorShape(1, 3, 500), seed: 1)
    let style = try Tensor3<Double>.random(TensorShape(1, 3, 500), seed: 2)
    let transfer = GaussianTransport(shrinkage: .none)
    var (from, to) = (transfer.makeStatistics(numFeatures: 3), transfer.makeStatistics(numFeatures: 3))
    try from.accumulate(content)
    try to.accumulate(style)
    return (content, try transfer.map(from: from, to: to), ShiftMap(shift: [1, -2, 0.5]))
  }

  private func areClose(_ a: Tensor3<Double>, _ b: Tensor3<Double>) -> Bool {
    a.shape == b.shape && zip(a.scalars, b.scalars).allSatisfy { abs($0 - $1) <= 1e-12 }
  }

  @Test func composedMapsApplyOneAfterTheOther() throws {
    let (content, map, shift) = try pair()
    let both = try ComposedMap(map, then: shift)
    let expected = try shift(map(content))
    #expect(areClose(try both(content), expected))
    #expect(try both(content, strength: 0) == content)
    let half = try both(content, strength: 0.5)
    for (index, value) in half.scalars.enumerated() {
      #expect(abs(value - (content.scalars[index] + expected.scalars[index]) / 2) <= 1e-12)
    }
    #expect(throws: ShapeError.self) { try ComposedMap(map, then: ShiftMap(shift: [1])) }
    #expect(throws: ShapeError.self) { try both(Tensor3<Double>(shape: TensorShape(1, 2, 4))) }
  }

  @Test func aShareIsAStrength() throws {
    let (content, map, _) = try pair()
    #expect(try PartialMap(map, share: 0.25)(content, strength: 2) == map(content, strength: 0.5))
  }

  @Test func eigenvaluesAreRatiosAlongDirections() throws {
    let (content, map, _) = try pair()
    #expect(zip(map.mappingEigenvalues { $0 }.matrix, map.matrix).allSatisfy { abs($0 - $1) <= 1e-12 })
    let still = map.mappingEigenvalues { _ in 1 }
    // Deviations stay, and only the mean moves.
    let shift = ShiftMap(shift: zip(map.styleMean, map.contentMean).map { $0 - $1 })
    #expect(areClose(try still(content), try shift(content)))
  }

  @Test func embeddedMapsLeaveOtherChannelsAlone() throws {
    let (content, map, _) = try pair()
    let wide = map.embedded(in: 5, at: [4, 0, 2])
    var frames = try Tensor3<Double>.random(TensorShape(1, 5, 500), seed: 3)
    let rest = frames
    for (channel, position) in [4, 0, 2].enumerated() {
      for l in 0..<500 { frames[0, position, l] = content[0, channel, l] }
    }
    let (mapped, alone) = (try wide(frames), try map(content))
    for l in 0..<500 {
      for (channel, position) in [4, 0, 2].enumerated() {
        #expect(abs(mapped[0, position, l] - alone[0, channel, l]) <= 1e-12)
      }
      #expect(mapped[0, 1, l] == rest[0, 1, l] && mapped[0, 3, l] == rest[0, 3, l])
    }
  }

  @Test func affineMapsTakeGivenMoments() throws {
    let content = try StyleStatistics(mean: [1, 2], standardDeviation: [2, 4])
    let map = try AffineMap(content: content, style: StyleMoments(mean: [0, 10], standardDeviation: [1, 8]))
    let mapped = try map(try Tensor3<Double>([[[1, 3], [2, 6]]]))
    #expect(mapped == (try Tensor3<Double>([[[0, 1], [10, 18]]])))
    #expect(throws: StyleError.self) {
      try AffineMap(content: content, style: StyleMoments(mean: [0], standardDeviation: [1]))
    }
    #expect(throws: ShapeError.self) { try StyleStatistics(mean: [1], standardDeviation: []) }
  }
}
