/// The speaker each channel of a file is meant for.
public struct ChannelLayout: Hashable, Sendable, Codable {
  /// A speaker position; the raw value is libsndfile's code.
  ///
  /// Left and front left are one position here.
  public enum Speaker: Int, Hashable, Sendable, Codable, CaseIterable {
    /// Mono.
    case mono = 1
    /// Front left.
    case left
    /// Front right.
    case right
    /// Front centre.
    case center
    /// Rear centre.
    case rearCenter = 8
    /// Rear left.
    case rearLeft
    /// Rear right.
    case rearRight
    /// Low-frequency effects.
    case lfe
    /// Front left of centre.
    case frontLeftOfCenter
    /// Front right of centre.
    case frontRightOfCenter
    /// Side left.
    case sideLeft
    /// Side right.
    case sideRight
    /// Top centre.
    case topCenter
    /// Top front left.
    case topFrontLeft
    /// Top front right.
    case topFrontRight
    /// Top front centre.
    case topFrontCenter
    /// Top rear left.
    case topRearLeft
    /// Top rear right.
    case topRearRight
    /// Top rear centre.
    case topRearCenter
    /// Ambisonic B-format W.
    case ambisonicW
    /// Ambisonic B-format X.
    case ambisonicX
    /// Ambisonic B-format Y.
    case ambisonicY
    /// Ambisonic B-format Z.
    case ambisonicZ
  }

  /// The speaker of each channel, in the file's order of channels; empty for ``unplaced``.
  public var speakers: [Speaker]

  /// The layout of a file that says that its channels are for no particular speakers.
  ///
  /// Examples are Ogg Opus of mapping families 2 (ambisonics) and 255, and ambisonic B-format in WAV.
  public static let unplaced = ChannelLayout([])

  /// Creates a layout from the speaker of each channel.
  public init(_ speakers: [Speaker]) {
    self.speakers = speakers
  }

  /// The channels that carry low-frequency effects.
  public var lfeChannels: [Int] {
    speakers.indices.filter { speakers[$0] == .lfe }
  }
}

/// The orders of channels that container standards fix.
extension ChannelLayout {
  /// The layout that a container's standard gives to a number of channels, or nil where it gives none.
  ///
  /// FLAC: the channel assignments of RFC 9639, section 9.1.3. Ogg Vorbis and Ogg Opus: the Vorbis I specification,
  /// section 4.3.9, which Opus mapping family 1 (RFC 7845, section 5.1.1.2) shares.
  static func standard(_ format: SoundFileFormat, channelCount: Int) -> ChannelLayout? {
    switch format.container {
    case .flac: flac[channelCount].map(ChannelLayout.init)
    case .ogg: vorbis[channelCount].map(ChannelLayout.init)
    default: nil
    }
  }

  /// The default order of WAV, which FLAC shares: the order of the bits of the usual channel masks.
  static func ofWAV(channelCount: Int) -> ChannelLayout? { flac[channelCount].map(ChannelLayout.init) }

  private static let flac: [Int: [Speaker]] = [
    3: [.left, .right, .center],
    4: [.left, .right, .rearLeft, .rearRight],
    5: [.left, .right, .center, .rearLeft, .rearRight],
    6: [.left, .right, .center, .lfe, .rearLeft, .rearRight],
    7: [.left, .right, .center, .lfe, .rearCenter, .sideLeft, .sideRight],
    8: [.left, .right, .center, .lfe, .rearLeft, .rearRight, .sideLeft, .sideRight],
  ]

  private static let vorbis: [Int: [Speaker]] = [
    3: [.left, .center, .right],
    4: [.left, .right, .rearLeft, .rearRight],
    5: [.left, .center, .right, .rearLeft, .rearRight],
    6: [.left, .center, .right, .rearLeft, .rearRight, .lfe],
    7: [.left, .center, .right, .sideLeft, .sideRight, .rearCenter, .lfe],
    8: [.left, .center, .right, .sideLeft, .sideRight, .rearLeft, .rearRight, .lfe],
  ]
}

/// How channels are brought into the order that a container prescribes.
struct ChannelOrder: Equatable {
  /// For each channel of the file, the channel of the input that goes there; nil where the order stays the same.
  var sources: [Int]?
  /// The speakers to write into the file, where it can name them.
  var layout: ChannelLayout?
  /// The channel mask to write into the file where libsndfile writes none, or another one.
  var mask: Int?
  /// A phrase for what the file cannot say of the speakers, or for the speakers that it names in place of none.
  var loss: String?

  /// Finds the order for a format.
  ///
  /// FLAC and Ogg prescribe an order for each number of channels; FLAC can name other speakers by a channel mask.
  /// Extensible WAV and RF64 prescribe the order of the bits of their channel mask. Surround speakers called “side” and
  /// “rear” count as the same where only one kind is there, as in every 5.1 layout. Ogg gives every channel a speaker,
  /// so channels whose layout is not known are taken in the default order of WAV there.
  init(_ layout: ChannelLayout?, channelCount: Int, format: SoundFileFormat) {
    guard channelCount > 2 else { return }
    guard layout != ChannelLayout.unplaced else {
      takeUnplaced(format)
      return
    }
    let isAssumed = layout == nil && format.container == .ogg
    let assumed = isAssumed ? ChannelLayout.ofWAV(channelCount: channelCount) : nil
    guard let layout = layout ?? assumed, layout.speakers.count == channelCount else { return }
    let lost = StoredMetadata.positions
    switch format.container {
    case .flac, .ogg:
      if let standard = ChannelLayout.standard(format, channelCount: channelCount),
        let found = Self.match(layout, to: standard)
      {
        sources = found
      } else if format.container == .flac, let mask = layout.mask {
        (sources, self.mask) = (Self.maskOrder(layout), mask)
      } else {
        loss = lost
      }
    case .wavex, .rf64:
      let order = Self.maskOrder(layout)
      sources = order
      self.layout = ChannelLayout(order.map { layout.speakers[$0] })
    case .aiff, .caf:
      self.layout = layout
    default:
      loss = lost
    }
    if let sources, sources.elementsEqual(0..<channelCount) { self.sources = nil }
    if isAssumed, loss == nil { loss = Self.assumption(layout) }
  }

  /// Leaves the channels as they are, and says so in the file where it can.
  private mutating func takeUnplaced(_ format: SoundFileFormat) {
    switch format.container {
    case .flac, .wavex, .rf64: mask = 0
    case .ogg: loss = "channels without speakers: each one is now labelled with a speaker"
    default: break
    }
  }

  /// The phrase for channels whose layout is not known.
  private static func assumption(_ layout: ChannelLayout) -> String {
    let names = layout.speakers.map(\.name).joined(separator: ", ")
    return "channels without speakers: they were taken in the default order of WAV (\(names))"
  }

  /// For each speaker of a standard layout, the channel that is meant for it; nil where the two differ.
  private static func match(_ layout: ChannelLayout, to standard: ChannelLayout) -> [Int]? {
    let wanted = merged(standard.speakers)
    let given = merged(layout.speakers)
    let sources = wanted.compactMap { given.firstIndex(of: $0) }
    return sources.count == wanted.count && Set(sources).count == sources.count ? sources : nil
  }

  /// The channels in the order of the bits of a channel mask.
  private static func maskOrder(_ layout: ChannelLayout) -> [Int] {
    layout.speakers.indices.sorted {
      ChannelLayout.maskBit(layout.speakers[$0]) < ChannelLayout.maskBit(layout.speakers[$1])
    }
  }

  /// The speakers, with side speakers renamed to rear ones where there are no rear ones.
  private static func merged(_ speakers: [ChannelLayout.Speaker]) -> [ChannelLayout.Speaker] {
    guard !speakers.contains(.rearLeft), !speakers.contains(.rearRight) else { return speakers }
    return speakers.map { $0 == .sideLeft ? .rearLeft : $0 == .sideRight ? .rearRight : $0 }
  }
}

extension ChannelLayout.Speaker {
  /// The name of a speaker in the default orders, for messages.
  fileprivate var name: String {
    switch self {
    case .center: "centre"
    case .lfe: "LFE"
    case .rearLeft: "rear left"
    case .rearRight: "rear right"
    case .rearCenter: "rear centre"
    case .sideLeft: "side left"
    case .sideRight: "side right"
    default: "\(self)"
    }
  }
}
