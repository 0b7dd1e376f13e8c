import AudioFeatures
import Restylings
import StyleProfiles

/// The making of the dynamics of the momentary loudness.
extension LoudnessRestyling {
  /// Maps the quantiles of the content's momentary loudness to the styles'; `nil` for too little sound.
  ///
  /// - Parameters:
  ///   - momentary: The momentary loudness in LUFS of the clip after its tone, less the anchor.
  ///   - aim: The quantiles of the styles and their shares.
  ///   - anchor: The integrated loudness in LUFS of the clip after its tone.
  ///   - range: The loudness range in LU of the clip after its tone.
  ///   - numbers: The numbers that the map rests on.
  init?(
    _ momentary: MomentaryLoudness, towards aim: LoudnessAim, anchor: Double, range: Double?,
    numbers: MatchNumbers.Loudness = MatchNumbers.standard.loudness
  ) {
    // The decay of a single hit is no dynamics, so short clips keep their momentary loudness.
    guard momentary.count >= numbers.leastCount, let own = momentary.sound(),
      own.quantiles.count == MomentaryLoudness.shares.count
    else { return nil }
    let inputs = own.quantiles.enumerated().map { $1 + Double($0) * 1e-3 }
    let middle = MomentaryLoudness.middle
    var outputs = inputs
    for (quantiles, share) in aim.styles {
      for index in inputs.indices { outputs[index] += share * (quantiles[index] - quantiles[middle]) }
      for index in inputs.indices { outputs[index] -= share * (inputs[index] - inputs[middle]) }
    }
    // Slopes are held within their bounds, outwards from the middle.
    var bounded = inputs
    for index in middle..<inputs.count - 1 {
      let slope = (outputs[index + 1] - outputs[index]) / (inputs[index + 1] - inputs[index])
      bounded[index + 1] =
        bounded[index] + numbers.slopes.nearest(to: slope) * (inputs[index + 1] - inputs[index])
    }
    for index in (1...middle).reversed() {
      let slope = (outputs[index] - outputs[index - 1]) / (inputs[index] - inputs[index - 1])
      bounded[index - 1] =
        bounded[index] - numbers.slopes.nearest(to: slope) * (inputs[index] - inputs[index - 1])
    }
    let line = LevelCurve(inputs: inputs, outputs: bounded, endSlope: 1)
    // The level of the mean power stays, so that the loudness stays.
    let offset = own.level - line(own.level)
    let whole = LevelCurve(inputs: inputs, outputs: bounded.map { $0 + offset }, endSlope: 1)
    let made = own.moments { whole($0) }
    guard own.spread > 0, made.spread > 0 else { return nil }
    self.init(
      content: FeatureMoments(mean: [own.mean], spread: [own.spread]),
      style: FeatureMoments(mean: [made.mean], spread: [made.spread]),
      reshaping: whole.scaled(by: own.spread / made.spread, about: made.mean, to: own.mean),
      anchor: anchor, gate: own.gate,
      pauseGain: (numbers.lowestPauseGain...0).nearest(to: whole(inputs[0]) - inputs[0]), ownRange: range)
  }
}
