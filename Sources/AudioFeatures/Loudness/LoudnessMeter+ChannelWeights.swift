extension LoudnessMeter {
  /// The weights of BS.1770-4 for a number of channels in the order of WAV and FLAC files.
  ///
  /// Channels at azimuths from 60° to 120° weigh 1.41, low-frequency effects 0, all others 1 (annex 3):
  ///
  /// | channels | order | weights |
  /// |---|---|---|
  /// | 1, 2, 3 | mono; L R; L R C | 1 each |
  /// | 4 | L R Ls Rs | 1 1 1.41 1.41 |
  /// | 5 | L R C Ls Rs | 1 1 1 1.41 1.41 |
  /// | 6 | L R C LFE Ls Rs | 1 1 1 0 1.41 1.41 |
  /// | 7 | L R C LFE Cs Lss Rss | 1 1 1 0 1 1.41 1.41 |
  /// | 8 | L R C LFE Lb Rb Lss Rss | 1 1 1 0 1 1 1.41 1.41 |
  /// | 9 and more | unknown | 1 each |
  public static func standardChannelWeights(channelCount: Int) -> [Double] {
    switch channelCount {
    case 4: [1, 1, 1.41, 1.41]
    case 5: [1, 1, 1, 1.41, 1.41]
    case 6: [1, 1, 1, 0, 1.41, 1.41]
    case 7: [1, 1, 1, 0, 1, 1.41, 1.41]
    case 8: [1, 1, 1, 0, 1, 1, 1.41, 1.41]
    default: Array(repeating: 1, count: max(channelCount, 0))
    }
  }
}
