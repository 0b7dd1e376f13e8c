package import Tensors

/// Exact sums over frames for mean and covariance: n, Σ q and Σ q qᵀ, with the levels q in steps of 2⁻¹⁶ dB.
///
/// As with ``LevelStatistics``, sums are integers: any order, chunking, split or merge gives the same bits. Memory is
/// 8 C² bytes; each frame costs O(C²).
package struct LevelCovariance: Hashable, Sendable {
  /// The number of channels C.
  package let numFeatures: Int
  /// The number of frames n.
  package private(set) var count = 0
  private var sums: [Int64]
  /// Σ qᵢ qⱼ for j ≤ i, at i (i + 1) / 2 + j.
  private var products: [WideSum]

  /// Creates sums of no frames.
  ///
  /// - Precondition: `numFeatures` is not negative.
  package init(numFeatures: Int) {
    precondition(numFeatures >= 0, "expected numFeatures of 0 or more, found \(numFeatures)")
    self.numFeatures = numFeatures
    sums = Array(repeating: 0, count: numFeatures)
    products = Array(repeating: WideSum(), count: numFeatures * (numFeatures + 1) / 2)
  }

  /// Takes in one frame in fixed point, in steps of 2⁻¹⁶ dB.
  ///
  /// - Precondition: There are at least C values, of which the first C are taken, and all lie within ±1000 dB.
  package mutating func add(steps: Span<Int32>) {
    precondition(steps.count >= numFeatures, "expected \(numFeatures) channels, found \(steps.count)")
    count += 1
    for i in 0..<numFeatures { sums[i] += Int64(steps[i]) }
    unsafe products.withUnsafeMutableBufferPointer { products in
      unsafe steps.withUnsafeBufferPointer { steps in
        var index = 0
        for i in 0..<numFeatures {
          let value = unsafe Int64(steps[i])
          for j in 0...i {
            unsafe products[index].add(value &* Int64(steps[j]))
            index += 1
          }
        }
      }
    }
  }

  /// Takes in the frames of other sums; exact and in any order.
  ///
  /// - Throws: ShapeError where the numbers of channels differ, or there are more than
  ///   ``LevelStatistics/largestFrameCount`` frames in all; the sums then stay unchanged.
  package mutating func merge(_ other: LevelCovariance) throws(ShapeError) {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
    guard count + other.count <= LevelStatistics.largestFrameCount else {
      throw ShapeError(
        "expected at most \(LevelStatistics.largestFrameCount) frames, found \(count) and \(other.count)")
    }
    count += other.count
    for i in sums.indices { sums[i] += other.sums[i] }
    for i in products.indices { products[i] += other.products[i] }
  }

  /// The sums as if every level had been higher by s steps: `Σ (qᵢ + s)(qⱼ + s) = Σ qᵢ qⱼ + s (Σ qᵢ + Σ qⱼ) + n s²`.
  ///
  /// - Precondition: The shift is at most 1000 dB in either direction.
  package func shifted(bySteps shift: Int) -> LevelCovariance {
    precondition(abs(shift) <= 65_536_000, "expected a shift within ±1000 dB, found \(shift) steps")
    var result = self
    let (s, n) = (Int64(shift), Int64(count))
    forEachPair { i, j, index in
      result.products[index] += WideSum(s, times: sums[i] + sums[j])
      result.products[index] += WideSum(s * s, times: n)
    }
    for i in sums.indices { result.sums[i] += s * n }
    return result
  }

  /// The mean of each channel in decibels; NaN without frames.
  package var mean: [Double] { sums.map { Double($0) / Double(count) * LevelStatistics.resolution } }

  /// The covariance Σ d dᵀ / n in dB² with d = x − μ, in row-major order; NaN without frames.
  ///
  /// The sums are first taken about the integers nearest to the means, exactly, so that nothing cancels.
  package var covariance: [Double] {
    var result = Array(repeating: Double.nan, count: numFeatures * numFeatures)
    guard count > 0 else { return result }
    let n = Int64(count)
    let centres = sums.map { Int64((Double($0) / Double(n)).rounded()) }
    let rests = zip(sums, centres).map { Double($0 - n * $1) }
    let unit = LevelStatistics.resolution * LevelStatistics.resolution
    forEachPair { i, j, index in
      var centred = products[index]
      centred += WideSum(-centres[j], times: sums[i])
      centred += WideSum(-centres[i], times: sums[j])
      centred += WideSum(centres[i] * centres[j], times: n)
      let value = (centred.double - rests[i] * rests[j] / Double(n)) / Double(n) * unit
      result[i * numFeatures + j] = value
      result[j * numFeatures + i] = value
    }
    return result
  }

  private func forEachPair(_ body: (_ i: Int, _ j: Int, _ index: Int) -> Void) {
    var index = 0
    for i in 0..<numFeatures {
      for j in 0...i {
        body(i, j, index)
        index += 1
      }
    }
  }
}

extension LevelCovariance {
  /// The integers of the sums as files hold them.
  package struct State: Hashable, Sendable {
    /// The number of frames.
    package var count: Int64
    /// Σ q of each channel (C).
    package var sums: [Int64]
    /// The upper halves of Σ qᵢ qⱼ for j ≤ i, row by row; Σ qᵢ qⱼ = high · 2⁶⁴ + low.
    package var productsHigh: [Int64]
    /// The lower halves of Σ qᵢ qⱼ.
    package var productsLow: [UInt64]

    /// Collects integers as they stand in a file, unchecked; ``LevelCovariance/init(_:)`` checks them.
    package init(count: Int64, sums: [Int64], productsHigh: [Int64], productsLow: [UInt64]) {
      self.count = count
      self.sums = sums
      self.productsHigh = productsHigh
      self.productsLow = productsLow
    }
  }

  /// The integers that these sums consist of.
  package var state: State {
    State(
      count: Int64(count), sums: sums, productsHigh: products.map(\.high), productsLow: products.map(\.low))
  }

  /// Creates sums from the integers of a file.
  ///
  /// - Throws: ShapeError where the array lengths do not agree, or no frames with levels within ±1000 dB can have such
  ///   sums.
  package init(_ state: State) throws(ShapeError) {
    self.init(numFeatures: state.sums.count)
    guard state.productsHigh.count == products.count, state.productsLow.count == products.count else {
      throw ShapeError(
        "expected \(products.count) products for \(numFeatures) channels, found \(state.productsHigh.count) and "
          + "\(state.productsLow.count)")
    }
    let largest = Int64(LevelStatistics.largestLevel / LevelStatistics.resolution)
    guard (0...Int64(LevelStatistics.largestFrameCount)).contains(state.count) else {
      throw ShapeError(
        "expected 0 to \(LevelStatistics.largestFrameCount) frames, found \(state.count)")
    }
    let bound = state.count * largest
    count = Int(state.count)
    sums = state.sums
    products = zip(state.productsHigh, state.productsLow).map { WideSum(high: $0, low: $1) }
    var isPossible = sums.allSatisfy { (-bound...bound).contains($0) }
    forEachPair { i, j, index in
      let product = products[index]
      isPossible = isPossible && abs(product.double) <= Double(bound) * Double(largest)
      if i == j { isPossible = isPossible && !product.isNegative }
    }
    guard isPossible else { throw ShapeError("expected sums that frames of levels can have, found others") }
  }
}
