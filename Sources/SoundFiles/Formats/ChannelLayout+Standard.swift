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
