/// The resonances of a small guitar's body: its air, its top and its bridge.
enum InstrumentBody {
  /// Adds the resonances to a clip in place.
  static func apply(to clip: inout Clip) {
    clip.filter(.highPass(75, rate: clip.rate))
    clip.filter(.peak(104, q: 6, decibels: 5, rate: clip.rate))
    clip.filter(.peak(207, q: 5, decibels: 6, rate: clip.rate))
    clip.filter(.peak(402, q: 4, decibels: 3.5, rate: clip.rate))
    clip.filter(.peak(1150, q: 1.2, decibels: -3, rate: clip.rate))
    clip.filter(.peak(2600, q: 1.4, decibels: 3, rate: clip.rate))
    clip.filter(.highShelf(7000, decibels: -5, rate: clip.rate))
  }
}
