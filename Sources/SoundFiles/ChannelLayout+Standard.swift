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
    3: [.frontLeft, .frontRight, .frontCenter],
    4: [.frontLeft, .frontRight, .rearLeft, .rearRight],
    5: [.frontLeft, .frontRight, .frontCenter, .rearLeft, .rearRight],
    6: [.frontLeft, .frontRight, .frontCenter, .lfe, .rearLeft, .rearRight],
    7: [.frontLeft, .frontRight, .frontCenter, .lfe, .rearCenter, .sideLeft, .sideRight],
    8: [.frontLeft, .frontRight, .frontCenter, .lfe, .rearLeft, .rearRight, .sideLeft, .sideRight],
  ]

  private static let vorbis: [Int: [Speaker]] = [
    3: [.frontLeft, .frontCenter, .frontRight],
    4: [.frontLeft, .frontRight, .rearLeft, .rearRight],
    5: [.frontLeft, .frontCenter, .frontRight, .rearLeft, .rearRight],
    6: [.frontLeft, .frontCenter, .frontRight, .rearLeft, .rearRight, .lfe],
    7: [.frontLeft, .frontCenter, .frontRight, .sideLeft, .sideRight, .rearCenter, .lfe],
    8: [.frontLeft, .frontCenter, .frontRight, .sideLeft, .sideRight, .rearLeft, .rearRight, .lfe],
  ]
}
