import AdaIN
import TestSupport
import Testing

/// The bits of the layers' results, pinned by hashes in `Fixtures/bits.json`.
///
/// Both layers share their row kernels and their order of roundings. A change that moves one bit of one result, in any
/// scalar type, at any length, shows here and is either undone or made on purpose, with new hashes.
@Suite struct PinnedBitsTests {
  /// Around every limit of the kernels: vectors of 8, groups of short rows (512), blocks (1024 and 4096).
  static let lengths = [2, 3, 7, 8, 17, 100, 511, 513, 1025, 4097, 5003]

  static func shared() throws -> StyleMoments {
    try StyleMoments(mean: [1, -20, 3.3, 0, 0.1], standardDeviation: [2, 0.5, -3, 0, 1 / 3.0])
  }

  static func perSample() throws -> StyleMoments {
    try StyleMoments(
      mean: [1, -20, 3.3, 0, 0.1, 7, 5, -0.25, 2, 9],
      standardDeviation: [2, 0.5, -3, 0, 1 / 3.0, 1, 0.125, 0.7, 11, 4], batchSize: 2)
  }

  /// FNV-1a over 64-bit words.
  struct Hash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func take(_ bits: UInt64) { value = (value ^ bits) &* 0x100_0000_01b3 }

    mutating func take<Scalar: TensorScalar>(_ tensor: Tensor3<Scalar>) {
      // Every scalar type is exact in `Double`.
      for scalar in tensor.scalars { take(Double(scalar).bitPattern) }
    }

    mutating func take(_ values: [some BinaryFloatingPoint]) {
      for value in values { take(Double(value).bitPattern) }
    }
  }

  /// Uniform values about a mean for each row, made of integers and so the same on every platform.
  static func tensor<Scalar: TensorScalar>(_ shape: TensorShape, seed: UInt64) -> Tensor3<Scalar> {
    var random = SplitMix64(state: seed)
    return Tensor3(shape: shape) { buffer in
      for index in buffer.indices {
        let uniform = Double(random.next() >> 40) * 0x1p-23 - 1
        let row = index / shape.l
        buffer.initializeElement(
          at: index, to: Scalar(uniform * [1, 3, 0.25][row % 3] + Double(row * 2 - 5)))
      }
    }
  }

  /// Hashes of what a scalar type and a choice of kernels give, by the name of the operation.
  static func hashes<Scalar: TensorScalar>(_ type: Scalar.Type, _ kernels: KernelChoice) throws -> [String:
    UInt64]
  {
    var hashes: [String: Hash] = [:]
    let device = ComputeDevice.cpu(threads: 1, kernels: kernels)
    for length in lengths {
      let shape = TensorShape(2, 5, length)
      let x: Tensor3<Scalar> = tensor(shape, seed: UInt64(length))
      let g: Tensor3<Scalar> = tensor(shape, seed: UInt64(length + 1))
      func take(_ name: String, _ tensor: Tensor3<Scalar>) {
        hashes["\(Scalar.scalarName).\(name)", default: Hash()].take(tensor)
      }
      func take(_ name: String, _ values: [some BinaryFloatingPoint]) {
        hashes["\(Scalar.scalarName).\(name)", default: Hash()].take(values)
      }
      try adain(x, g, device, take, take)
      try norm(x, g, device, take, take)
    }
    return hashes.mapValues(\.value)
  }

  private static func adain<Scalar: TensorScalar>(
    _ x: Tensor3<Scalar>, _ g: Tensor3<Scalar>, _ device: ComputeDevice,
    _ take: (String, Tensor3<Scalar>) -> Void,
    _ takeValues: (String, [Double]) -> Void
  ) throws {
    func record(
      _ name: String, _ layer: AdaptiveInstanceNorm1d<Scalar>, _ style: StyleMoments,
      _ statistics: StyleStatistics? = nil
    ) throws {
      take("adain.\(name)", try layer(x, style: style, contentStatistics: statistics))
      let gradient = try layer.gradient(
        at: x, style: style, contentStatistics: statistics, outputGradient: g)
      take("adain.\(name).gradient", gradient.content)
      takeValues("adain.\(name).gradient", gradient.style.mean + gradient.style.standardDeviation)
    }
    let (shared, perSample) = (try shared(), try perSample())
    var layer = AdaptiveInstanceNorm1d<Scalar>(5, device: device)
    for (name, convention) in AdaINConvention.named {
      layer.convention = convention
      layer.strength = 1
      try record(name, layer, shared)
      try record("\(name).per-sample", layer, perSample)
      for strength in [-1, 0, 0.3, 2.5] {
        layer.strength = strength
        try record("\(name).\(strength)", layer, shared)
      }
    }
    layer = AdaptiveInstanceNorm1d(5, strength: 0.7, preservedChannels: [1, 3, 9], device: device)
    try record("preserved", layer, perSample)
    let other: Tensor3<Scalar> = tensor(TensorShape(2, 5, 333), seed: 4)
    let weights = (0..<x.shape.l).map { Double($0 % 4) * 0.5 }
    layer = AdaptiveInstanceNorm1d(5, convention: .pytorchAdaIN, device: device)
    try record("supplied", layer, shared, StyleStatistics(other, device: device))
    try record("supplied.shared", layer, perSample, StyleStatistics(other, pooling: .shared))
    if x.shape.l > 4 { try record("supplied.weighted", layer, shared, StyleStatistics(x, mask: weights)) }
    layer.strength = 0.4
    layer.preservedChannels = [2]
    try record("supplied.0.4", layer, shared, StyleStatistics(other))
    let masks = [0, 1].map { offset in (0..<x.shape.l).map { [0, 0.25, 1, 1, 0.75][($0 * 2 + offset) % 5] } }
    let regions = [
      try StyleRegion(mask: masks[0], style: shared, strength: 0.5),
      try StyleRegion(mask: masks[1], measured: masks[0].map { 1 - $0 }, style: perSample),
    ]
    layer.convention = .matched
    if x.shape.l > 4 { take("adain.regions", try layer(x, regions: regions)) }
  }

  private static func norm<Scalar: TensorScalar>(
    _ x: Tensor3<Scalar>, _ g: Tensor3<Scalar>, _ device: ComputeDevice,
    _ take: (String, Tensor3<Scalar>) -> Void,
    _ takeValues: (String, [Scalar]) -> Void
  ) throws {
    func record(_ name: String, _ norm: InstanceNorm1d<Scalar>) throws {
      take("norm.\(name)", try norm(x))
      for mode in NormMode.allCases {
        let gradient = try norm.gradient(at: x, outputGradient: g, mode: mode)
        take("norm.\(name).gradient", gradient.input)
        takeValues(
          "norm.\(name).gradient", (gradient.parameters.weight ?? []) + (gradient.parameters.bias ?? []))
      }
      let lengths = [x.shape.l, x.shape.l - x.shape.l / 3]
      if lengths[1] > 1 {
        let mask = try PositionMask(lengths: lengths, length: x.shape.l)
        take("norm.\(name).masked", try norm(x, mask: mask, padding: .zero))
        take("norm.\(name).masked", try norm.gradient(at: x, mask: mask, outputGradient: g).input)
      }
      var trained = norm
      take("norm.\(name).trained", try trained.trainingStep(x))
      takeValues("norm.\(name).trained", (trained.runningMean ?? []) + (trained.runningVar ?? []))
    }
    var norm = InstanceNorm1d<Scalar>(5, device: device)
    try record("plain", norm)
    norm.eps = 0
    try record("eps0", norm)
    norm.weight = [2, 0.5, -3, 0, 1 / 3]
    norm.bias = [1, -20, 3.3, 0, 0.1]
    try record("affine", norm)
    var running = InstanceNorm1d<Scalar>(5, affine: true, trackRunningStats: true, device: device)
    running.weight = norm.weight
    running.runningMean = [-5, -3, 0.1, 1, 3]
    running.runningVar = [0.3, 3, 0.02, 0, 1]
    try record("running", running)
    var stream = StreamingInstanceNorm1d(norm, samples: 2)
    take("norm.streaming", try stream.process(x))
  }

  @Test(arguments: KernelChoice.allCases) func everyBitIsAsPinned(kernels: KernelChoice) throws {
    let pinned: [String: String] = try Fixtures.json("bits.json")
    var found = try Self.hashes(Float.self, kernels)
    found.merge(try Self.hashes(Double.self, kernels)) { first, _ in first }
    #if (os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64)
    let expected = pinned.filter { !$0.key.hasPrefix("Float16") }
    #else
    found.merge(try Self.hashes(Float16.self, kernels)) { first, _ in first }
    let expected = pinned
    #endif
    #expect(found.count == expected.count)
    for (name, hash) in found.sorted(by: { $0.key < $1.key }) {
      #expect(String(hash, radix: 16) == expected[name], "\(name)")
    }
  }
}
