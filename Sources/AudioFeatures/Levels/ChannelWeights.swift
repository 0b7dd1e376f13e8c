/// How the bins of a spectrum belong to feature channels: triangles that overlap by half on the ERB-rate scale.
///
/// Bin k between 20 Hz and 20 kHz belongs to channel b with `1 − t` and to channel b + 1 with `t`, where t is its
/// position between the two centres on the ERB-rate scale; weights of a bin add up to 1. The same weights
/// spread channel gains over bins, which interpolates linearly between centres.
struct ChannelWeights: Sendable {
  /// The number of feature channels.
  let channelCount: Int
  /// The number of bins.
  let binCount: Int
  /// The bins that take part in features.
  let featureBins: Range<Int>
  /// The bins between two centres one after another, with the channel below them; bins outside ``featureBins`` hold the
  /// nearest channel.
  let segments: [(bins: Range<Int>, lowerChannel: Int)]
  /// The share t of each bin that belongs to the channel above.
  let upperShare: ContiguousArray<Float>
  /// The bins of each channel.
  let binRanges: [Range<Int>]
  /// The weights of each channel over its bins, one after another.
  let weights: ContiguousArray<Float>
  /// Where each channel's weights start.
  let weightOffsets: [Int]

  private struct Key: Hashable {
    var layout: FeatureLayout
    var geometry: STFTGeometry
  }

  private static let tables = TableCache<Key, ChannelWeights> {
    ChannelWeights(layout: $0.layout, geometry: $0.geometry)
  }

  /// The weights of a layout, made once for all who use them.
  static func shared(layout: FeatureLayout, geometry: STFTGeometry) -> ChannelWeights {
    tables[Key(layout: layout, geometry: geometry)]
  }

  init(layout: FeatureLayout, geometry: STFTGeometry) {
    channelCount = layout.channelCount
    binCount = geometry.binCount
    let featureBins = FeatureLayout.featureBins(of: geometry)
    self.featureBins = featureBins
    var lower = ContiguousArray<Int32>(repeating: 0, count: binCount)
    var share = ContiguousArray<Float>(repeating: 0, count: binCount)
    for bin in 0..<binCount {
      let position: Double
      switch layout {
      case .spectrum:
        position = Double(bin - featureBins.lowerBound)
      case .bands(let bands):
        position = bands.position(of: geometry.frequency(ofBin: bin))
      }
      let limited = min(max(position, 0), Double(max(0, channelCount - 1)))
      lower[bin] = Int32(limited)
      share[bin] = Float(limited - limited.rounded(.down))
    }
    upperShare = share
    var segments: [(bins: Range<Int>, lowerChannel: Int)] = []
    for bin in 0..<binCount {
      if let last = segments.last, last.lowerChannel == lower[bin] {
        segments[segments.count - 1].bins = last.bins.lowerBound..<bin + 1
      } else {
        segments.append((bin..<bin + 1, Int(lower[bin])))
      }
    }
    self.segments = segments

    var collected = [[(bin: Int, weight: Float)]](repeating: [], count: channelCount)
    for bin in featureBins {
      let channel = Int(lower[bin])
      collected[channel].append((bin, 1 - share[bin]))
      if share[bin] > 0 { collected[channel + 1].append((bin, share[bin])) }
    }
    var ranges: [Range<Int>] = []
    var offsets: [Int] = []
    var all = ContiguousArray<Float>()
    for members in collected {
      offsets.append(all.count)
      let first = members.first?.bin ?? 0
      ranges.append(first..<first + members.count)
      all.append(contentsOf: members.map(\.weight))
    }
    binRanges = ranges
    weightOffsets = offsets
    weights = all
  }
}
