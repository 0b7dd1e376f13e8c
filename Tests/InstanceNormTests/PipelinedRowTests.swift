import InstanceNorm
import Tensors
import TestSupport
import Testing

/// Rows that are measured while others are written, and gradients of several rows at a time: the bits of Swift's kernels.
@Suite struct PipelinedRowTests {
  /// Rows around whole blocks, some of which are far from 0, constant, tiny, huge or not finite.
  static func tensor<Scalar: TensorScalar>(_ rows: Int, _ length: Int, _ type: Scalar.Type) throws -> Tensor3<
    Scalar
  > {
    var generator = SplitMix64(state: UInt64(rows * length))
    let special = (0..<rows).map { row in (row * 5 + length) % 9 }
    return try Tensor3(
      [
        (0..<rows).map { row in
          (0..<length).map { at in
            let noise = generator.roughlyNormal()
            switch special[row] {
            case 1: return Scalar(3e3 + noise)
            case 2: return 0.1
            case 3: return at == length / 2 ? .nan : Scalar(noise)
            // Far from 0 from the middle on: what is written meanwhile must still be written to its end.
            case 4: return Scalar(at < length / 2 ? noise : 2e4 + noise / 8)
            case 5: return Scalar(noise * 1e-7)
            default: return Scalar(noise)
            }
          }
        }
      ])
  }

  static func same<Scalar: TensorScalar>(_ a: Tensor3<Scalar>, _ b: Tensor3<Scalar>) -> Bool {
    zip(a.scalars, b.scalars).allSatisfy { x, y in
      (x.isNaN && y.isNaN) || (x == y && x.sign == y.sign)
    }
  }

  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, rows: Int, length: Int) throws {
    let input = try tensor(rows, length, Scalar.self)
    let gradient = try tensor(rows, length + 1, Scalar.self).scalars.prefix(rows * length)
    let outputGradient = try Tensor3(shape: input.shape, scalars: gradient)
    for affine in [false, true] {
      var fast = InstanceNorm1d<Scalar>(rows, affine: affine, conventions: .lucid, device: .cpu(threads: 2))
      if affine {
        fast.weight = (0..<rows).map { Scalar(0.5 - Double($0)) }
        fast.bias = (0..<rows).map { Scalar($0) }
      }
      var swift = fast
      swift.device = .cpu(threads: 1, kernels: .swift)
      let note = "\(type) \(rows) x \(length), affine \(affine)"
      #expect(try same(fast(input), swift(input)), "\(note)")
      var inPlace = input
      try fast(inPlace: &inPlace)
      #expect(try same(inPlace, swift(input)), "\(note), in place")
      let found = try fast.gradient(at: input, outputGradient: outputGradient)
      let expected = try swift.gradient(at: input, outputGradient: outputGradient)
      #expect(same(found.input, expected.input), "gradient \(note)")
      #expect(
        try same(parameters(found.parameters), parameters(expected.parameters)),
        "parameters' gradients \(note)")
    }
  }

  private static func parameters<Scalar>(
    _ parameters: InstanceNormGradient<Scalar>.Parameters
  ) throws -> Tensor3<Scalar> {
    let values = (parameters.weight ?? []) + (parameters.bias ?? [])
    return try Tensor3(shape: TensorShape(1, 1, values.count), scalars: values)
  }

  @Test(arguments: [2, 7, 16, 63, 64, 65, 100, 129, 512, 513, 1000, 1024, 1025])
  func rowsOfOneBlock(length: Int) throws {
    for rows in [1, 2, 3, 4, 5, 8, 9, 13] {
      try Self.check(Float.self, rows: rows, length: length)
    }
    try Self.check(Double.self, rows: 9, length: length)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try Self.check(Float16.self, rows: 9, length: length)
    #endif
  }

  @Test(arguments: [4095, 4096, 4097, 8193, 9001])
  func rowsOfSeveralBlocks(length: Int) throws {
    try Self.check(Float.self, rows: 9, length: length)
    try Self.check(Double.self, rows: 9, length: length)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try Self.check(Float16.self, rows: 9, length: length)
    #endif
  }
}
