/// How channels are brought into the order that a container prescribes.
struct ChannelOrder: Equatable {
  /// For each channel of the file, the channel of the input that goes there; nil where the order stays.
  var sources: [Int]?
  /// The speakers to write into the file, where it can name them.
  var layout: ChannelLayout?
  /// Whether the file cannot say which speaker a channel is for.
  var isLayoutLost = false

  /// Finds the order for a format.
  ///
  /// FLAC and Ogg prescribe an order for each number of channels; extensible WAV and RF64 prescribe the order of the
  /// bits of their channel mask. Surround speakers called “side” and “rear” count as the same where only one kind is
  /// there, as in every 5.1 layout.
  init(_ layout: ChannelLayout?, channelCount: Int, format: SoundFileFormat) {
    guard let layout, layout.speakers.count == channelCount, channelCount > 2 else { return }
    switch format.container {
    case .flac, .ogg:
      guard let standard = ChannelLayout.standard(format, channelCount: channelCount),
        let found = Self.match(layout, to: standard)
      else {
        isLayoutLost = true
        return
      }
      sources = found
    case .wavex, .rf64:
      let order = layout.speakers.indices.sorted {
        Self.maskBit(layout.speakers[$0]) < Self.maskBit(layout.speakers[$1])
      }
      sources = order
      self.layout = ChannelLayout(order.map { layout.speakers[$0] })
    case .aiff, .caf:
      self.layout = layout
    default:
      isLayoutLost = true
    }
    if let sources, sources.elementsEqual(0..<channelCount) { self.sources = nil }
  }

  /// For each speaker of a standard layout, the channel that is meant for it; nil where the two differ.
  private static func match(_ layout: ChannelLayout, to standard: ChannelLayout) -> [Int]? {
    let wanted = merged(standard.speakers)
    let given = merged(layout.speakers)
    let sources = wanted.compactMap { given.firstIndex(of: $0) }
    return sources.count == wanted.count && Set(sources).count == sources.count ? sources : nil
  }

  /// Calls side speakers rear ones where there are no rear ones.
  private static func merged(_ speakers: [ChannelLayout.Speaker]) -> [ChannelLayout.Speaker] {
    guard !speakers.contains(.rearLeft), !speakers.contains(.rearRight) else { return speakers }
    return speakers.map { $0 == .sideLeft ? .rearLeft : $0 == .sideRight ? .rearRight : $0 }
  }

  /// The place of a speaker among the bits of the channel mask of WAVEFORMATEXTENSIBLE.
  private static func maskBit(_ speaker: ChannelLayout.Speaker) -> Int {
    let order: [ChannelLayout.Speaker] = [
      .left, .right, .center, .lfe, .rearLeft, .rearRight, .frontLeftOfCenter, .frontRightOfCenter,
      .rearCenter,
      .sideLeft, .sideRight, .topCenter, .topFrontLeft, .topFrontCenter, .topFrontRight, .topRearLeft,
      .topRearCenter, .topRearRight,
    ]
    return order.firstIndex(of: speaker) ?? order.count
  }
}
