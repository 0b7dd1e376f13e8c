import InstanceNorm
import Tensors
import TestSupport
import Testing

/// Rows that a kernel measures and writes several at a time: the bits of Swift's kernels, one row at a time.
@Suite struct ShortRowTests {
  static func check<Scalar: TensorScalar>(
    _ input: Tensor3<Scalar>, eps: Double = 1e-5, affine: Bool = false, comment: String = ""
  ) throws {
    var norm = InstanceNorm1d<Scalar>(input.shape.c, eps: eps, affine: affine, conventions: .lucid)
    if affine {
      norm.weight = (0..<input.shape.c).map { Scalar(0.3 - Double($0)) }
      norm.bias = (0..<input.shape.c).map { Scalar(Double($0) * 0.7 - 1) }
    }
    let found = try norm(input)
    var inPlace = input
    try norm(inPlace: &inPlace)
    norm.device = .cpu(threads: 1, kernels: .swift)
    let expected = try norm(input)
    for (name, result) in [("new", found), ("in place", inPlace)] {
      for (a, b) in zip(result.scalars, expected.scalars) {
        // The sign of 0 counts as well.
        #expect(
          (a == b && a.sign == b.sign) || (a.isNaN && b.isNaN),
          "\(Scalar.self) \(name) \(input.shape) \(comment)")
      }
    }
  }

  /// The same rows in `Float16`, where there is one.
  static func checkHalves(_ input: Tensor3<Float>, eps: Double = 1e-5, affine: Bool) throws {
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    let halves = try Tensor3<Float16>(shape: input.shape, scalars: input.scalars.map { Float16($0) })
    try check(halves, eps: eps, affine: affine)
    #endif
  }

  @Test(arguments: Array(1...9) + [15, 16, 17, 31, 33, 64, 100, 511, 512, 513, 1000, 1024, 1025])
  func anyNumberOfRowsOfAnyLength(length: Int) throws {
    for rows in 1...9 {
      for mean in [0, 30, 1e3, 1e6] as [Double] {
        let input = randomTensor(TensorShape(1, rows, length), mean: mean, seed: UInt64(rows), as: Float.self)
        try Self.check(input, comment: "mean \(mean)")
        try Self.check(input, affine: true, comment: "mean \(mean)")
        try Self.checkHalves(input, affine: false)
        try Self.checkHalves(input, affine: true)
      }
    }
  }

  @Test(arguments: [4095, 4096, 4097])
  func rowsOfAboutOneBlock(length: Int) throws {
    for mean in [0, 1e6] as [Double] {
      let input = randomTensor(TensorShape(1, 7, length), mean: mean, seed: 2, as: Float.self)
      try Self.check(input, comment: "\(mean)")
      try Self.checkHalves(input, affine: true)
    }
  }

  @Test func samplesShareTheChannelsWeights() throws {
    let input = randomTensor(TensorShape(5, 3, 20), seed: 1, as: Float.self)
    try Self.check(input, affine: true)
    try Self.checkHalves(input, affine: true)
  }

  /// Rows that need more range than `Float` has, or have no statistics at all, stand between plain ones.
  @Test(arguments: [0, 1e-5])
  func rowsThatNeedCareAmongOthers(eps: Double) throws {
    func row(_ make: (Int) -> Float) -> [Float] { (0..<50).map(make) }
    let special: [[Float]] = [
      row { _ in 0 }, row { _ in 0.1 }, row { _ in -3 * .leastNonzeroMagnitude }, row { $0 == 49 ? .nan : 1 },
      row { $0 == 3 ? .infinity : Float($0) }, row { $0 % 2 == 0 ? 3.2e38 : -3e38 }, row { _ in 3e38 },
      row { Float($0) * .leastNonzeroMagnitude }, row { Float($0 % 2) * 1e-38 }, row { -Float($0) },
      row { 1e30 + Float($0) * 1e24 }, row { 6e4 - 32 * Float($0 % 3) }, row { 6e-8 * Float($0 % 3) },
    ]
    let plain = row { Float($0 % 7) - 2 }
    for position in 0..<6 {
      for (number, values) in special.enumerated() {
        var rows = [[Float]](repeating: plain, count: 6)
        rows[position] = values
        try Self.check(Tensor3([rows]), eps: eps, comment: "special row \(number) at \(position)")
        // Large values are infinite there, and small ones 0.
        try Self.checkHalves(Tensor3([rows]), eps: eps, affine: true)
      }
    }
    try Self.check(Tensor3([special]), eps: eps)
    try Self.check(Tensor3([special]), eps: eps, affine: true)
  }

  @Test func runningStatisticsAreNotTheRowsOwn() throws {
    var norm = InstanceNorm1d<Float>(2, trackRunningStats: true)
    norm.runningMean = [1, 2]
    norm.runningVar = [4, 9]
    let output = try norm(Tensor3<Float>([[[1, 3], [2, 5]]]))
    #expect(output.scalars.map { ($0 * 1000).rounded() } == [0, 1000, 0, 1000])
  }
}

/// Rows that are measured while others are written, and gradients of several rows at a time: the bits of Swift's
/// kernels.
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
