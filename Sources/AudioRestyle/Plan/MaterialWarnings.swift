import AudioFeatures
import Foundation

/// What is odd about contents and styles: what was found, what it means, and what to do.
struct MaterialWarnings {
  let options: RestyleOptions
  let content: StyleProfile
  let styles: [WeightedStyle]

  /// Styles with less active sound, in seconds, follow single sounds.
  private static let shortestStyle = 1.0
  /// The share of active frames under which a style is mostly silence.
  private static let smallestActiveShare = 0.5
  /// The share of samples in clipped runs from which a clip is called clipped.
  private static let clippedShare = 1e-5
  /// How many bands a style may miss at the top, beside the content, without a word.
  private static let missingBands = 2

  /// All warnings, one sentence each.
  var all: [String] {
    var warnings = styles.filter { $0.weight > 0 }.flatMap(warnings(of:))
    if let clipped = clipped(content) {
      warnings.append(
        "the content looks clipped (\(clipped)): the distortion stays, and new levels can bring it out; use an "
          + "undamaged recording or repair it first")
    }
    return warnings
  }

  private func warnings(of style: WeightedStyle) -> [String] {
    var warnings: [String] = []
    let frames = style.profile.activeFrameCount(of: .linked)
    let active = Double(frames) * STFTGeometry.windowDuration / 4
    if active < Self.shortestStyle {
      warnings.append(
        String(
          format:
            "%@ has %.2f s of active sound: what is measured follows single sounds, and less of the dynamics is "
            + "taken; use a style of several seconds", style.name, active))
    }
    let share = active / max(style.profile.duration, .leastNormalMagnitude)
    if share < Self.smallestActiveShare {
      warnings.append(
        String(
          format:
            "%@ is silent for %.0f %% of its time: only the other %.1f s are its style; check that it is the "
            + "right clip", style.name, 100 * (1 - share), active))
    }
    if let clipped = clipped(style.profile) {
      warnings.append(
        "\(style.name) looks clipped (\(clipped)): its distortion counts as tone, and its dynamics lack their peaks; use "
          + "an undamaged recording, or less of it (--strength, --dynamics)")
    }
    if let edge = missingTop(of: style.profile) {
      warnings.append(
        String(
          format:
            "%@ has no sound above %.1f kHz, and the content has: the bands above take the gain of the highest "
            + "common one; use a style of full bandwidth where that matters", style.name, edge / 1000))
    }
    return warnings
  }

  /// How many samples of a profile's clips look clipped, in words; nil where they are few.
  private func clipped(_ profile: StyleProfile) -> String? {
    let count = profile.sources.reduce(0) { $0 + ($1.clippedSampleCount ?? 0) }
    let samples = profile.sources.reduce(0) { $0 + $1.frameCount * $1.channelCount }
    guard count > 0, Double(count) >= Self.clippedShare * Double(samples) else { return nil }
    return "\(count) samples in runs at its highest or lowest value"
  }

  /// The upper edge in Hz of the highest band the style has, where the content reaches further by some bands.
  private func missingTop(of style: StyleProfile) -> Double? {
    guard options.features == .bands, style.layout == content.layout,
      let own = content.statistics(of: .linked)?.presentChannels.lastIndex(of: true),
      let other = style.statistics(of: .linked)?.presentChannels.lastIndex(of: true),
      own > other + Self.missingBands
    else { return nil }
    return min(style.nyquist, content.layout.upperEdge(ofChannel: other))
  }
}
