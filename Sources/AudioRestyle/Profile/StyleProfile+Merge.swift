import AudioFeatures
import Foundation

extension StyleProfile {
  /// Adds the statistics of another profile, as if its clips had been learned with this one's.
  ///
  /// Level statistics are exact sums, so the order of merging does not matter. The loudness becomes that of the mean
  /// power, weighted by duration. Views that only one of the two profiles has are dropped, as they would describe a
  /// part of the clips.
  ///
  /// - Throws: ``RestyleError/incompatibleProfiles(_:)`` where the feature channels differ.
  public mutating func merge(_ other: StyleProfile) throws(RestyleError) {
    guard layout == other.layout else {
      throw .incompatibleProfiles(
        "the profiles have different feature channels: \(layout.summary) and \(other.layout.summary)")
    }
    let weight = duration
    let otherWeight = other.duration
    let total = max(weight + otherWeight, .leastNormalMagnitude)
    let powers = [(loudness, weight), (other.loudness, otherWeight)].compactMap { loudness, weight in
      loudness.map { (power: pow(10, $0 / 10), weight: weight) }
    }
    let powerWeight = powers.reduce(0) { $0 + $1.weight }
    if powerWeight > 0 {
      loudness = 10 * log10(powers.reduce(0) { $0 + $1.power * $1.weight } / powerWeight)
    } else {
      loudness = loudness ?? other.loudness
    }
    levelShift = (levelShift * weight + other.levelShift * otherWeight) / total
    // The lowest gate: a quiet clip must not lift it over the others; the range of 40 dB holds for all.
    gateShift = min(gateShift, other.gateShift)
    truePeak = max(truePeak, other.truePeak)
    nyquist = min(nyquist, other.nyquist)
    sources += other.sources
    for view in tables.keys {
      if let table = other.tables[view] {
        tables[view]? += table
      } else {
        tables[view] = nil
      }
    }
    for view in moments.keys {
      if let sums = other.moments[view] {
        moments[view]? += sums
      } else {
        moments[view] = nil
      }
    }
  }
}

extension FeatureLayout {
  /// A short description for messages.
  var summary: String {
    switch self {
    case .bands(let bands): "\(bands.count) bands"
    case .spectrum(let geometry):
      "the bins of a \(geometry.fftLength)-point spectrum at \(Int(geometry.sampleRate)) Hz"
    }
  }
}
