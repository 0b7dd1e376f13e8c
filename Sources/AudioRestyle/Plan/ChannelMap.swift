import Foundation

/// The affine map of every feature channel of one view towards one style.
///
/// At equal loudness, a level x of the content becomes `y = μc + offset + slope · (x − μc)`: adaptive instance
/// normalisation with the style mean `μc + offset` and the style spread `slope · σc`.
struct ChannelMap: Hashable, Sendable {
  /// By how many dB the mean of each channel moves.
  var offset: [Double]
  /// The ratio of spreads of each channel.
  var slope: [Double]
  /// The channel whose gain each channel takes: itself where content and style share it, else the nearest shared one.
  let gainSource: [Int]
  /// How many shared channels had their spread ratio limited.
  let limitedSlopes: Int

  /// The channels that content and style share.
  var sharedChannels: [Int] { gainSource.indices.filter { gainSource[$0] == $0 } }

  /// Whether the map leaves every level as it is.
  var isIdentity: Bool { offset.allSatisfy { $0 == 0 } && slope.allSatisfy { $0 == 1 } }

  /// A map that changes nothing.
  static func identity(channelCount: Int) -> ChannelMap {
    ChannelMap(
      offset: [Double](repeating: 0, count: channelCount),
      slope: [Double](repeating: 1, count: channelCount), gainSource: Array(0..<channelCount),
      limitedSlopes: 0)
  }

  /// With fewer independent frames than this on either side, spreads mean nothing: only means are transferred.
  static let fewestIndependentFrames = 8.0

  /// The number of frames n₀ in the shrinkage n/(n + n₀) of the logarithm of spread ratios.
  ///
  /// A spread estimated from n independent frames has a relative error of about 1/√(2n); with n₀ = 2 the ratio of a
  /// one-second clip (23 frames) keeps 92 % of its logarithm, that of ten seconds 99 %.
  static let shrinkage = 2.0

  /// Computes the map.
  init(content: ViewStatistics, style: ViewStatistics, options: RestyleOptions) {
    let (contentMean, contentSpread) = content.moments
    let (styleMean, styleSpread) = style.moments
    let channels = contentMean.indices
    let shared = channels.filter { content.presentChannels[$0] && style.presentChannels[$0] }
    guard !shared.isEmpty else {
      self = .identity(channelCount: channels.count)
      return
    }
    let frames = min(content.independentFrameCount, style.independentFrameCount)
    let usesSpread = options.method == .adain && frames >= Self.fewestIndependentFrames
    let exponent = options.dynamics * frames / (frames + Self.shrinkage)
    var limited = 0
    var offset = [Double](repeating: 0, count: channels.count)
    var slope = [Double](repeating: 1, count: channels.count)
    for channel in shared {
      offset[channel] = options.tone * (styleMean[channel] - contentMean[channel])
      guard usesSpread, contentSpread[channel] > 0, contentSpread[channel] != styleSpread[channel] else {
        continue
      }
      let ratio = styleSpread[channel] / contentSpread[channel]
      let bounded = min(
        max(ratio, RestyleOptions.spreadLimits.lowerBound), RestyleOptions.spreadLimits.upperBound)
      if bounded != ratio { limited += 1 }
      // The strength α extrapolates the slope to 1 + α · (slope − 1), which must not turn dynamics upside down.
      let whole = 1 + options.strength * (pow(bounded, exponent) - 1)
      let limits = RestyleOptions.spreadLimits
      let kept = min(max(whole, limits.lowerBound), limits.upperBound)
      slope[channel] = kept == whole ? pow(bounded, exponent) : 1 + (kept - 1) / options.strength
    }
    self.offset = offset
    self.slope = slope
    limitedSlopes = limited
    // Channels that are not shared follow the nearest shared one below, or the lowest one.
    gainSource = channels.map { channel in shared.last { $0 <= channel } ?? shared[0] }
  }

  init(offset: [Double], slope: [Double], gainSource: [Int], limitedSlopes: Int) {
    self.offset = offset
    self.slope = slope
    self.gainSource = gainSource
    self.limitedSlopes = limitedSlopes
  }
}
