import AdaIN
import AudioRestyle

/// Something to measure.
struct Operation {
  let name: String
  let run: () throws -> Void

  init(_ name: String, _ run: @escaping () throws -> Void) {
    self.name = name
    self.run = run
  }
}

/// What is measured, with plain peers that stand for the usual way to write a thing.
enum Operations {
  /// The operations on tensors of one size.
  static func all(_ content: Tensor3<Float>, _ style: Tensor3<Float>) throws -> [Operation] {
    var result = try layers(content, style) + statistics(content, style)
    for kind in TransferKind.allCases { result += try transfer(kind.rawValue, kind.transfer, content, style) }
    result += try transfer("levels", LevelQuantileTransfer(), content, style)
    return result
  }

  private static func layers(_ content: Tensor3<Float>, _ style: Tensor3<Float>) throws -> [Operation] {
    let layer = AdaptiveInstanceNorm1d<Float>(content.shape.c, device: one)
    let moments = try StyleStatistics(style, device: one).moments()
    let length = content.shape.l
    let regions = [0..<length / 2, length / 2..<length].map {
      StyleRegion(spans: [$0], length: length, fade: length / 20, style: moments)
    }
    var output = content
    return [
      Operation("adain") { try layer(content, style: moments, into: &output) },
      Operation("regions") { keep(try layer(content, regions: regions)) },
      Operation("exact-matching") { keep(try ExactDistributionMatching()(content, style: style)) },
      Operation("plain-sort") {
        for c in 0..<content.shape.c { keep(content.row(0, c).sorted()) }
      },
    ]
  }

  private static func statistics(_ content: Tensor3<Float>, _ style: Tensor3<Float>) throws -> [Operation] {
    let channels = content.shape.c
    let statistics = StyleStatistics(style, device: one)
    let levels = (0..<content.shape.l).map { Double(content[0, 0, $0]) }
    func measuredLevels() throws -> LevelStatistics {
      var measured = LevelStatistics(numFeatures: channels)
      try measured.accumulate(content, levels: levels)
      return measured
    }
    let gated = try measuredLevels()
    return [
      Operation("statistics") { keep(StyleStatistics(content, device: one)) },
      Operation("statistics-merge") { keep(try statistics.merged(with: statistics)) },
      Operation("plain-statistics") {
        for c in 0..<channels { keep(plainMoments(content.row(0, c))) }
      },
      Operation("stream") {
        var stream = StatisticsStream(numFeatures: channels)
        try stream.append(content)
        keep(stream.statistics)
      },
      Operation("level-buckets") { keep(try measuredLevels()) },
      Operation("level-buckets-merge") {
        var merged = gated
        try merged.merge(gated)
        keep(merged)
      },
    ]
  }

  /// Measuring, merging, making a map and mapping, of one transfer.
  private static func transfer<Transfer: FeatureTransfer>(
    _ name: String, _ transfer: Transfer, _ content: Tensor3<Float>, _ style: Tensor3<Float>
  ) throws -> [Operation] {
    func measured(_ tensor: Tensor3<Float>) throws -> Transfer.Statistics {
      var statistics = transfer.makeStatistics(numFeatures: tensor.shape.c)
      try statistics.accumulate(tensor)
      return statistics
    }
    let (from, to) = (try measured(content), try measured(style))
    let map = try transfer.map(from: from, to: to)
    var output = content
    return [
      Operation("\(name)-measure") { keep(try measured(content)) },
      Operation("\(name)-merge") {
        var merged = from
        try merged.merge(to)
        keep(merged)
      },
      Operation("\(name)-make-map") { keep(try transfer.map(from: from, to: to)) },
      Operation("\(name)-map") {
        output = content
        try map(inPlace: &output, strength: 1)
      },
    ]
  }

  /// Mean and variance in two plain loops.
  private static func plainMoments(_ row: ArraySlice<Float>) -> (Double, Double) {
    let mean = row.reduce(0.0) { $0 + Double($1) } / Double(row.count)
    let squares = row.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (mean, squares / Double(row.count))
  }

  private static let one = ComputeDevice.cpu(threads: 1)

  /// Correlated levels like those of music: a common course and each channel's own.
  static func tensor(_ size: Size, seed: UInt64) -> Tensor3<Float> {
    var state = seed
    func uniform() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) * 0x1p-24
    }
    let common = (0..<size.length).map { _ in uniform() * 30 - 60 }
    return Tensor3(shape: TensorShape(1, size.channels, size.length)) { buffer in
      for index in buffer.indices {
        buffer.initializeElement(at: index, to: common[index % size.length] + uniform() * 12)
      }
    }
  }

  /// Keeps the compiler from removing work whose result nobody reads.
  @inline(never) private static func keep<Value>(_ value: Value) {}
}
