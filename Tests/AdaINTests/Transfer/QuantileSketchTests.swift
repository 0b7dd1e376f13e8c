import AdaIN
import Foundation
import TestSupport
import Testing

@Suite struct QuantileSketchTests {
  /// The number of values at or below x among sorted values.
  private func rank(_ x: Double, _ sorted: [Double]) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] <= x { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Streams that are hard for different reasons: random, rising, falling, zigzag, heavy ties, heavy tails.
  private func stream(_ kind: Int, _ count: Int) -> [Double] {
    var random = SplitMix64(state: UInt64(kind))
    return (0..<count).map { i in
      switch kind {
      case 0: random.normal()
      case 1: Double(i)
      case 2: Double(-i)
      case 3: i % 2 == 0 ? Double(i) : Double(-i)
      case 4: Double(Int.random(in: 0..<7, using: &random))
      default: exp(5 * random.normal())
      }
    }
  }

  @Test(arguments: 0..<6) func ranksStayWithinTheStatedBound(kind: Int) {
    let values = stream(kind, 8_000)
    let sorted = values.sorted()
    for capacity in [2, 16, 129, 1024] {
      var sketch = QuantileSketch(capacity: capacity)
      for value in values { sketch.insert(value) }
      #expect(sketch.count == 8_000 && sketch.minimum == sorted[0] && sketch.maximum == sorted[7_999])
      let levels = max(1, log2(8_000 / Double(capacity)) + 2)
      #expect(
        Double(sketch.rankErrorBound) <= 8_000 * levels / (2 * Double(capacity)) + Double(1 << Int(levels)))
      for index in stride(from: 0, to: 8_000, by: 41) {
        let error = abs(sketch.rank(of: sorted[index]) - rank(sorted[index], sorted))
        #expect(error <= sketch.rankErrorBound)
      }
    }
  }

  @Test func mergedSketchesKeepTheirBound() {
    var random = SplitMix64(state: 9)
    let values = stream(5, 20_000)
    let sorted = values.sorted()
    var sketches: [QuantileSketch] = []
    var start = 0
    while start < values.count {
      let end = min(values.count, start + Int.random(in: 1...3000, using: &random))
      var sketch = QuantileSketch(capacity: 64)
      for value in values[start..<end] { sketch.insert(value) }
      sketches.append(sketch)
      start = end
    }
    while sketches.count > 1 {
      var merged = sketches.remove(at: Int.random(in: 0..<sketches.count, using: &random))
      merged.merge(sketches.remove(at: Int.random(in: 0..<sketches.count, using: &random)))
      sketches.append(merged)
    }
    #expect(sketches[0].count == 20_000)
    #expect(sketches[0].rankErrorBound < 20_000 / 6)
    for index in stride(from: 0, to: 20_000, by: 53) {
      let error = abs(sketches[0].rank(of: sorted[index]) - rank(sorted[index], sorted))
      #expect(error <= sketches[0].rankErrorBound)
    }
  }

  /// The bound is kept along with the sketch: whatever the order of merging, no rank is off by more.
  @Test(arguments: 0..<6) func boundsHoldForEveryTreeOfMerges(kind: Int) {
    let values = stream(kind, 6_000)
    let sorted = values.sorted()
    let parts = stride(from: 0, to: 6_000, by: 250).map { start in
      var sketch = QuantileSketch(capacity: 32)
      sketch.insert(contentsOf: values[start..<start + 250])
      return sketch
    }
    // One after the other from the left, from the right, and neighbours in pairs.
    let left = parts.dropFirst().reduce(into: parts[0]) { $0.merge($1) }
    let right = parts.dropLast().reversed().reduce(into: parts[parts.count - 1]) { $0.merge($1) }
    var pairs = parts
    while pairs.count > 1 {
      pairs = stride(from: 0, to: pairs.count, by: 2).map { i in
        var merged = pairs[i]
        if i + 1 < pairs.count { merged.merge(pairs[i + 1]) }
        return merged
      }
    }
    for sketch in [left, right, pairs[0]] {
      #expect(sketch.count == 6_000 && sketch.minimum == sorted[0] && sketch.maximum == sorted[5_999])
      // n · log₂(n / k) / (2 k), and a level more for each sketch's own last one.
      #expect(Double(sketch.rankErrorBound) <= 6_000 * (8 + 3) / 64)
      for index in stride(from: 0, to: 6_000, by: 37) {
        #expect(abs(sketch.rank(of: sorted[index]) - rank(sorted[index], sorted)) <= sketch.rankErrorBound)
      }
    }
  }

  @Test func fewValuesAreExact() {
    var sketch = QuantileSketch(capacity: 4)
    for value in [3.0, 1, .nan, 4, .infinity, 2] { sketch.insert(value) }
    #expect(sketch.isExact && sketch.rankErrorBound == 0 && sketch.count == 4 && sketch.nonFiniteCount == 2)
    #expect([0, 0.125, 0.25, 0.5, 0.875, 1].map { sketch.quantile($0) } == [1, 1, 1.5, 2.5, 4, 4])
    #expect(sketch.rank(of: 2.5) == 2 && sketch.rank(of: 0) == 0 && sketch.rank(of: 9) == 4)
    sketch.insert(5)
    #expect(!sketch.isExact && sketch.count == 5 && sketch.quantile(0) == 1 && sketch.quantile(1) == 5)
    #expect(QuantileSketch().quantile(0.5).isNaN)
  }

  /// ∫ |F − G| of samples of equal size: the mean distance of sorted neighbours; of a shift the shift.
  @Test func theWassersteinDistanceHasItsClosedForms() {
    func sketch(_ values: [Double], capacity: Int = 2048) -> QuantileSketch {
      var result = QuantileSketch(capacity: capacity)
      result.insert(contentsOf: values)
      return result
    }
    let (a, b) = (stream(0, 500), stream(5, 500))
    let pairs = zip(a.sorted(), b.sorted()).reduce(0) { $0 + abs($1.0 - $1.1) } / 500
    #expect(abs(sketch(a).wassersteinDistance(to: sketch(b)) / pairs - 1) <= 1e-12)
    #expect(abs(sketch(a).wassersteinDistance(to: sketch(a.map { $0 + 2.5 })) - 2.5) <= 1e-12)
    // All at 0 against halves at −1 and 3: half of 1 and half of 3.
    #expect(sketch([0]).wassersteinDistance(to: sketch([-1, 3])) == 2)
    #expect(sketch([1, 1, 4]).wassersteinDistance(to: sketch([1, 4, 1])) == 0)
    // Beyond its capacity a sketch's distribution function is off by its rank error over n at most.
    let rising = stream(1, 8000)
    let thinned = sketch(rising, capacity: 64)
    let range = 7999.0
    let allowed = Double(thinned.rankErrorBound) / 8000 * range
    #expect(thinned.wassersteinDistance(to: sketch(rising, capacity: .max)) <= allowed)
  }

  @Test func aSketchedMapStaysWithinItsRankBound() throws {
    let content = try Tensor3<Double>(shape: TensorShape(1, 1, 20_000), scalars: stream(0, 20_000))
    let style = try Tensor3<Double>(shape: TensorShape(1, 1, 15_000), scalars: stream(5, 15_000))
    let transfer = QuantileTransfer(capacity: 256)
    var (measured, target) = (
      transfer.makeStatistics(numFeatures: 1), transfer.makeStatistics(numFeatures: 1)
    )
    try measured.accumulate(content)
    try target.accumulate(style)
    let map = try transfer.map(from: measured, to: target)
    let bound = map.rankErrorBounds[0]
    #expect(bound > 0 && bound < 0.04)
    let output = try map(content)
    let (x, s) = (content.scalars.sorted(), style.scalars.sorted())
    for index in stride(from: 0, to: 20_000, by: 31) {
      let share = Double(rank(content.scalars[index], x)) / 20_000
      let reached = Double(rank(output.scalars[index], s)) / 15_000
      #expect(abs(share - reached) <= bound + 1 / 15_000)
    }
    // The map never reverses the order of two values.
    let order = content.scalars.indices.sorted { content.scalars[$0] < content.scalars[$1] }
    #expect(zip(order, order.dropFirst()).allSatisfy { output.scalars[$0] <= output.scalars[$1] })
  }

  @Test func beyondTheMeasuredRangeTheOffsetIsConstant() throws {
    var (a, b) = (SketchStatistics(numFeatures: 1), SketchStatistics(numFeatures: 1))
    try a.accumulate(Tensor3<Double>([[[0, 1, 2]]]))
    try b.accumulate(Tensor3<Double>([[[10, 20, 60]]]))
    let map = try QuantileTransfer().map(from: a, to: b)
    #expect([-5, 0, 0.5, 1, 1.5, 2, 7].map { map($0, channel: 0) } == [5, 10, 15, 20, 40, 60, 65])
    #expect(map(.nan, channel: 0).isNaN)
  }
}
