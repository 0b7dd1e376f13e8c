import AudioRestyle

/// How much of a style's tone a restyling takes.
enum TakenTone {
  /// From which probability that content and style are different sources on it is told that less was taken.
  private static let smallestUnlikeness = 0.5

  /// The share of the tone that was taken where the restyling took less on purpose; `nil` where it did not, or where
  /// it is not known.
  ///
  /// - Parameters:
  ///   - restyling: What was done.
  ///   - styles: What it went towards.
  static func share(of restyling: Restyling, towards styles: [WeightedStyle]) -> Double? {
    guard restyling.facts.aim == .equipment, (restyling.facts.unlikeness ?? 0) > smallestUnlikeness,
      restyling.features == .bands, let view = restyling.views.first, view.state == .restyled
    else { return nil }
    let total = styles.reduce(0) { $0 + $1.weight }
    // A saved change goes towards no style that is at hand.
    guard total > 0 else { return nil }
    var wanted = view.bands.contentMean.map { -$0 }
    for style in styles where style.weight > 0 {
      guard let levels = style.profile.levels(of: view.view) ?? style.profile.levels(of: .linked),
        levels.count == wanted.count
      else { return nil }
      for band in wanted.indices { wanted[band] += style.weight / total * levels[band].mean }
    }
    return share(of: view.tone, towards: wanted, bands: view.bands.shared)
  }

  /// How far a tone goes towards another over some bands: Σ t·w / Σ w², both about their means.
  static func share(of tone: [Double], towards wanted: [Double], bands: [Int]) -> Double? {
    guard !bands.isEmpty else { return nil }
    func centred(_ values: [Double]) -> [Double] {
      let mean = bands.reduce(0) { $0 + values[$1] } / Double(bands.count)
      return bands.map { values[$0] - mean }
    }
    let (taken, whole) = (centred(tone), centred(wanted))
    let power = whole.reduce(0) { $0 + $1 * $1 }
    guard power > 0 else { return nil }
    return max(0, zip(taken, whole).reduce(0) { $0 + $1.0 * $1.1 } / power)
  }
}
