import AdaIN
import Foundation

/// Prints what each operation of the AdaIN module costs per value, and how that grows with the number of positions and
/// of channels.
///
/// Every line is the fastest of at least three runs on one thread: `operation C L ns-per-value`.
@main struct Main {
  static func main() throws {
    let names = Set(CommandLine.arguments.dropFirst())
    for (channels, length) in [(32, 1000), (32, 10_000), (32, 100_000), (128, 10_000)] {
      let content = tensor(channels, length, seed: 1)
      let style = tensor(channels, length, seed: 2)
      for (name, operation) in try operations(content, style) where names.isEmpty || names.contains(name) {
        let nanoseconds = fastest(operation) * 1e9 / Double(channels * length)
        let cost = String(format: "%.3f", nanoseconds)
        print(
          "\(name.padding(toLength: 24, withPad: " ", startingAt: 0)) C=\(channels) L=\(length) \(cost) ns/value"
        )
      }
    }
  }

  /// The operations on tensors of one size.
  static func operations(
    _ content: Tensor3<Float>, _ style: Tensor3<Float>
  ) throws -> [(String, () throws -> Void)] {
    let channels = content.shape.c
    let one = Device.cpu(threads: 1)
    let layer = AdaptiveInstanceNorm1d<Float>(channels, device: one)
    let statistics = StyleStatistics(style, device: one)
    let moments = try statistics.moments()
    let levels = (0..<content.shape.l).map { Double(content[0, 0, $0]) }
    let half = content.shape.l / 2
    let regions = [0..<half, half..<content.shape.l].map {
      StyleRegion(spans: [$0], length: content.shape.l, fade: half / 10, style: moments)
    }
    var output = content
    var result: [(String, () throws -> Void)] = [
      ("adain", { try layer(content, style: moments, into: &output) }),
      ("regions", { keep(try layer(content, regions: regions)) }),
      ("statistics", { keep(StyleStatistics(content, device: one)) }),
      ("statistics-merge", { keep(try statistics.merged(with: statistics)) }),
      (
        "stream",
        {
          var stream = StatisticsStream(numFeatures: channels)
          try stream.append(content)
          keep(stream.statistics)
        }
      ),
      (
        "levels",
        {
          var measured = LevelStatistics(numFeatures: channels)
          try measured.accumulate(content, levels: levels)
          keep(measured)
        }
      ),
      ("exact-matching", { keep(try ExactDistributionMatching()(content, style: style)) }),
    ]
    for kind in TransferKind.allCases {
      result += try operations(kind.rawValue, kind.transfer, content, style)
    }
    return result
  }

  /// Measuring, merging, making a map and mapping, of one transfer.
  static func operations<Transfer: FeatureTransfer>(
    _ name: String, _ transfer: Transfer, _ content: Tensor3<Float>, _ style: Tensor3<Float>
  ) throws -> [(String, () throws -> Void)] {
    func measured(_ tensor: Tensor3<Float>) throws -> Transfer.Statistics {
      var statistics = transfer.makeStatistics(numFeatures: tensor.shape.c)
      try statistics.accumulate(tensor)
      return statistics
    }
    let (from, to) = (try measured(content), try measured(style))
    let map = try transfer.map(from: from, to: to)
    var output = content
    return [
      ("\(name)-measure", { keep(try measured(content)) }),
      (
        "\(name)-merge",
        {
          var merged = from
          try merged.merge(to)
          keep(merged)
        }
      ),
      ("\(name)-make-map", { keep(try transfer.map(from: from, to: to)) }),
      (
        "\(name)-map",
        {
          output = content
          try map(inPlace: &output, strength: 1)
        }
      ),
    ]
  }

  /// Correlated levels like those of music: a common course and each channel's own.
  static func tensor(_ channels: Int, _ length: Int, seed: UInt64) -> Tensor3<Float> {
    var state = seed
    func uniform() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) * 0x1p-24
    }
    let common = (0..<length).map { _ in uniform() * 30 - 60 }
    return Tensor3(shape: TensorShape(1, channels, length)) { buffer in
      for index in buffer.indices {
        buffer.initializeElement(at: index, to: common[index % length] + uniform() * 12)
      }
    }
  }

  /// The fastest of at least three runs that together take at least a fifth of a second.
  static func fastest(_ operation: () throws -> Void) -> Double {
    let clock = ContinuousClock()
    var (best, spent, runs) = (Double.infinity, 0.0, 0)
    while runs < 3 || spent < 0.2 {
      let time = clock.measure {
        do {
          try operation()
        } catch {
          fatalError("\(error)")
        }
      }
      let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
      best = min(best, seconds)
      spent += seconds
      runs += 1
    }
    return best
  }

  /// Keeps the compiler from removing work whose result nobody reads.
  @inline(never) static func keep<Value>(_ value: Value) {}
}
