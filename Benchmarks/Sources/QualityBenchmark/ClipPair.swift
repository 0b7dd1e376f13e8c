/// One task: a content, a style, and what the content is to become.
struct ClipPair: Sendable {
  var content: Clip
  var style: Clip
  var truth: Clip

  /// The least mean level in dBFS of every clip of a task.
  private static let quietest = -70.0

  /// Makes tasks from clean clips.
  ///
  /// Each clip is cut into two parts A and B of some seconds, or into halves where it is too short for that. The style is
  /// B after a random effect, the truth A after the same effect. The content is A after another random effect; or, for
  /// unlike clips, the clean A, and B belongs to another clip.
  static func make(from clips: [Clip], count: Int, seconds: Double, isUnlike: Bool, seed: UInt64)
    -> [ClipPair]
  {
    let usable = clips.filter { $0.samples.count >= 2 * SpectralDistance.shortestClip }
    guard !usable.isEmpty else { return [] }
    return (0..<count).map { index in
      var random = RandomSource(seed: seed &+ UInt64(index) &* 1_000_003)
      let clean = usable[index % usable.count]
      let length = min(Int(seconds * clean.rate), clean.samples.count / 2)
      let latest = clean.samples.count - 2 * length
      // The first round takes the start of each clip, later rounds any place.
      let start = index < usable.count ? 0 : Int(random.unit() * Double(latest))
      let effect = Effect.target(&random, rate: clean.rate)
      let first = clean[start..<start + length]
      if isUnlike {
        let others = usable.filter { $0.group != clean.group && $0.rate == clean.rate }
        guard !others.isEmpty else { return nil }
        let other = others[Int(random.unit() * Double(others.count))]
        let half = min(length, other.samples.count / 2)
        let style = effect.applied(to: other[half..<2 * half])
        return ClipPair(
          content: first.faded.normalized, style: style, truth: effect.applied(to: first))
      }
      let whole = effect.applied(to: clean[start..<start + 2 * length])
      let content = Effect.input(&random, rate: clean.rate)
        .applied(to: clean[start..<start + 2 * length])[0..<length]
      return ClipPair(
        content: content.normalized, style: whole[length..<2 * length].normalized,
        truth: whole[0..<length].normalized)
    }.compactMap { $0 }.filter { pair in
      // Silence is no style, and without sound there is nothing to restyle.
      [pair.content, pair.style, pair.truth].allSatisfy { $0.decibels > quietest }
    }
  }
}

extension Clip {
  /// What the file name says of the voice or the piece: all before the last hyphen.
  var group: String {
    name.lastIndex(of: "-").map { String(name[..<$0]) } ?? name
  }
}
