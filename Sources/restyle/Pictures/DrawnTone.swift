import AudioFeatures
import AudioRestyle

/// The tone of a view as points of a curve, up to half the clip's sample rate.
struct DrawnTone: Encodable {
  /// The view's name.
  var view: String
  /// In Hz, in rising order.
  var frequencies: [Double]
  /// In dB at equal loudness.
  var gains: [Double]

  private static let pointsPerOctave = 12

  /// The tones of the views that a restyling changes; samples have none.
  static func all(of restyling: Restyling) -> [DrawnTone] {
    let rates = restyling.facts.content.map(\.sampleRate)
    let highest = min(BandLayout.highestFrequency, (rates.min() ?? 96_000) / 2)
    let frequencies = ToneCurve.tableFrequencies(perOctave: pointsPerOctave).filter { $0 < highest }
    return restyling.views.filter { $0.state == .restyled }.compactMap { view in
      (try? ToneCurve(restyling, view: view.view)).map { curve in
        DrawnTone(
          view: view.view.name, frequencies: frequencies, gains: frequencies.map { curve.decibels(at: $0) })
      }
    }
  }
}
