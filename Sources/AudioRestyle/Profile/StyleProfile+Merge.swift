import AdaIN
import AudioFeatures
import Foundation

extension StyleProfile {
  /// Adds the statistics of another profile, as if its clips had been learned with this one's.
  ///
  /// Level statistics are exact sums, so the order of merging does not matter; what is a sum of rounded numbers follows from
  /// the list of clips. So parts of a list of clips, learned by themselves and merged in order, give the profile of the
  /// whole list, to the bit. The loudness becomes that of the mean power, weighted by duration. Views that only one of the two profiles has are dropped, as they would describe a
  /// part of the clips.
  ///
  /// - Throws: ``RestyleError/incompatibleProfiles(_:)`` where the feature channels differ.
  public mutating func merge(_ other: StyleProfile) throws(RestyleError) {
    guard layout == other.layout else {
      throw .incompatibleProfiles(
        "the profiles have different feature channels: \(layout.summary) and \(other.layout.summary)")
    }
    let merged: [StereoView: LevelStatistics]
    let distributions: [StereoView: FrameDistribution]
    do {
      merged = try Self.merged(levels, other.levels) { (mine, theirs) throws(ShapeError) in
        var both = mine
        try both.merge(theirs)
        return both
      }
      distributions = try Self.merged(self.distributions, other.distributions) {
        (mine, theirs) throws(ShapeError) in try mine.merged(with: theirs)
      }
    } catch {
      throw .incompatibleProfiles(error.description)
    }
    let (weight, otherWeight) = (sums.duration, other.sums.duration)
    let total = max(weight + otherWeight, .leastNormalMagnitude)
    let shift = (levelShift * weight + other.levelShift * otherWeight) / total
    append(other.sources)
    loudness = sums.loudness ?? loudness ?? other.loudness
    // Files of earlier programs do not say it of each clip.
    levelShift = sums.levelShift ?? shift
    truePeak = max(truePeak, other.truePeak)
    nyquist = min(nyquist, other.nyquist)
    self.distributions = distributions
    frameSamples = Self.merged(frameSamples, other.frameSamples) { $0.merged(with: $1) }
    sounds = Self.merged(sounds, other.sounds) { $0.merged(with: $1) }
    fineSpectra = Self.merged(fineSpectra, other.fineSpectra) { $0.merged(with: $1) }
    longTermSpectra = Self.merged(longTermSpectra, other.longTermSpectra) { $0.merged(with: $1) }
    momentary = other.momentary.flatMap { momentary?.merged(with: $0) }
    // Clips under 3 s have no window.
    shortTerm =
      shortTerm.map { own in other.shortTerm.map { own.merged(with: $0) } ?? own }
      ?? other.shortTerm
    mergeMoments(other)
    // The lowest gate: a quiet clip must not lift it over the others; the range of 40 dB holds for all.
    setLevels(merged, gateShift: min(gateShift, other.gateShift))
  }
}

extension StyleProfile {
  /// What two profiles know of the views that both have.
  private static func merged<Value, Failure: Error>(
    _ mine: [StereoView: Value], _ theirs: [StereoView: Value],
    _ merge: (Value, Value) throws(Failure) -> Value
  ) throws(Failure) -> [StereoView: Value] {
    var result: [StereoView: Value] = [:]
    for (view, value) in mine {
      if let other = theirs[view] { result[view] = try merge(value, other) }
    }
    return result
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
