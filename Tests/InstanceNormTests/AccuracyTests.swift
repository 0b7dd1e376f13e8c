import InstanceNorm
import Tensors
import Testing

@Suite struct AccuracyTests {
  /// The bound in units in the last place of values of magnitude 1 and more: subtracting the mean's two parts,
  /// the rounded factor, its product and the final sum each round once, by at most half a unit or, where the value
  /// crosses a power of two, a whole one.
  static let bound = 2.5

  /// In `Double` the moments are no more precise than the values: the variance of a block about a pivot up to two
  /// standard deviations off cancels up to five times its size, each part with an error of a few 2⁻⁵³.
  static let doubleBound = 8.0

  static func check<Scalar: TensorScalar>(
    _ type: Scalar.Type, mean: Double, std: Double = 1, length: Int, bound: Double = bound,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let input = randomTensor(
      TensorShape(1, 2, length), mean: mean, std: std, seed: UInt64(length) + 7, as: Scalar.self)
    let output = try InstanceNorm1d<Scalar>(2)(input)
    let worst = worstUlps(output.scalars, Reference.normalize(input))
    #expect(
      worst <= bound, "\(type), mean \(mean), length \(length): \(worst)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [0, 1e3, 1e4, 1e5, 1e6] as [Double], [2, 3, 17, 100, 1000, 1024, 1025, 4099])
  func rowsFarFromZeroKeepTheirDigits(mean: Double, length: Int) throws {
    try Self.check(Float.self, mean: mean, length: length)
    try Self.check(Double.self, mean: mean, length: length, bound: Self.doubleBound)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    // The result is rounded to Float16 once, from Float: half a unit and a little.
    if mean <= 1e3 { try Self.check(Float16.self, mean: mean, length: length, bound: 0.51) }
    #endif
  }

  @Test func longRows() throws {
    try Self.check(Float.self, mean: 1e5, length: 100_003)
    try Self.check(Double.self, mean: 1e5, length: 100_003, bound: Self.doubleBound)
  }

  @Test func floatRowsOfMean1e5AreWithin1e6OfTheReference() throws {
    let input = randomTensor(TensorShape(2, 3, 4096), mean: 1e5, seed: 11, as: Float.self)
    let output = try InstanceNorm1d<Float>(3)(input)
    let worst = zip(output.scalars, Reference.normalize(input)).reduce(0) {
      max($0, abs(Double($1.0) - $1.1))
    }
    #expect(worst <= 1e-6)
  }

  @Test func smallSpreadFarFromZero() throws {
    // The values are on a grid of 2⁻¹⁰ (Float) about 1e4: few distinct values, but each exact.
    try Self.check(Float.self, mean: 1e4, std: 1e-2, length: 999)
    try Self.check(Double.self, mean: 1e4, std: 1e-2, length: 999, bound: Self.doubleBound)
  }

  @Test func aFirstValueFarFromTheRestDoesNotCancel() throws {
    var row = (0..<5000).map { Float($0 % 7) }
    row[0] = 1e6
    row[2048] = -1e6
    let input = try Tensor3([[row]])
    let worst = worstUlps(try InstanceNorm1d<Float>(1)(input).scalars, Reference.normalize(input))
    #expect(worst <= Self.bound)
    // A level that jumps between blocks: pivots of one block are useless in the next.
    let jumps = try Tensor3([[(0..<9000).map { Double($0 / 1500 * 1_000_000) + Double($0 % 5) }]])
    let worstJump = worstUlps(try InstanceNorm1d<Double>(1)(jumps).scalars, Reference.normalize(jumps))
    #expect(worstJump <= Self.doubleBound)
  }

  @Test func scaleAndShiftAreAppliedInFullPrecision() throws {
    let input = randomTensor(TensorShape(3, 4, 517), mean: 1e5, seed: 3, as: Float.self)
    var norm = InstanceNorm1d<Float>(4, eps: 1e-3, affine: true)
    let weight: [Float] = [0.3, -1.7, 2.5, 0.01]
    let bias: [Float] = [0.1, -0.2, 100, 7]
    norm.weight = weight
    norm.bias = bias
    let reference = Reference.normalize(input, eps: 1e-3, weight: weight, bias: bias)
    // Errors of the scaled part are relative to it: at most |value · weight| ≤ 16 here.
    #expect(worstUlps(try norm(input).scalars, reference, floor: 8) <= Self.bound)
  }

  @Test(arguments: [1e-38, 1e-30, 1e30, 1e37] as [Float])
  func extremeMagnitudesOfFloat(scale: Float) throws {
    let row = (0..<101).map { Float($0 % 9) * scale }
    let input = try Tensor3([[row]])
    let output = try InstanceNorm1d<Float>(1, eps: 0)(input)
    #expect(worstUlps(output.scalars, Reference.normalize(input, eps: 0)) <= Self.bound)
  }
}
