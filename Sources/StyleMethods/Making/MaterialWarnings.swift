import AudioFeatures
import Foundation
import SoundFiles
import StyleProfiles

/// The warnings about content and styles as recordings: short, silent, clipped or narrow.
struct MaterialWarnings {
  let options: RestyleOptions
  let content: StyleProfile
  let styles: [WeightedStyle]

  /// The least active time in seconds of a style; the statistics of a shorter one are those of single sounds.
  private static let shortestStyle = 1.0
  /// The share of active frames under which a style is mostly silence.
  private static let smallestActiveShare = 0.5
  /// The number of top bands of the content that a style may lack without a warning.
  private static let missingBands = 2

  /// All warnings.
  var all: [RestyleWarning] {
    var warnings = styles.flatMap { found(in: $0.profile, name: $0.name) }
    var told: Set<String> = []
    for case let dynamics? in styles.map(\.dynamics) where told.insert(dynamics.name).inserted {
      warnings += found(in: dynamics.profile, name: dynamics.name)
    }
    if let count = content.notableClippedSampleCount {
      warnings.append(.contentIsClipped(sampleCount: count))
    }
    return warnings
  }

  private func found(in style: StyleProfile, name: String) -> [RestyleWarning] {
    var warnings: [RestyleWarning] = []
    let frames = style.activeFrameCount(of: .linked)
    let active = Double(frames) * STFTGeometry.windowDuration / 4
    if active < Self.shortestStyle { warnings.append(.styleIsShort(style: name, seconds: active)) }
    let share = active / max(style.duration, .leastNormalMagnitude)
    if share < Self.smallestActiveShare {
      warnings.append(.styleIsMostlySilent(style: name, share: 1 - share, activeSeconds: active))
    }
    if let count = style.notableClippedSampleCount {
      warnings.append(.styleIsClipped(style: name, sampleCount: count))
    }
    if let count = style.unusableSampleCount {
      warnings.append(.styleValuesAreNoSound(style: name, count: count))
    }
    if let edge = missingTop(of: style) {
      warnings.append(.styleIsNarrow(style: name, highest: edge))
    }
    return warnings
  }

  /// The upper edge in Hz of the style's highest band, where the content reaches further by several bands; otherwise
  /// `nil`.
  private func missingTop(of style: StyleProfile) -> Double? {
    guard options.features == .bands, style.layout == content.layout,
      let own = content.statistics(of: .linked)?.presentChannels.lastIndex(of: true),
      let other = style.statistics(of: .linked)?.presentChannels.lastIndex(of: true),
      own > other + Self.missingBands
    else { return nil }
    return min(style.nyquist, content.layout.upperEdge(ofChannel: other))
  }
}
