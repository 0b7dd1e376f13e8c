/// A script laid out in time for a speaker: one track for each parameter of the synthesiser.
struct SpeechPlan {
  /// The first three formants in Hz.
  let formants: [ControlTrack]
  let voicing: ControlTrack
  let aspiration: ControlTrack
  let frication: ControlTrack
  let noiseFrequency: ControlTrack
  let noiseWidth: ControlTrack
  let nasality: ControlTrack
  /// The pitch in Hz.
  let pitch: ControlTrack
  /// The length of all tracks in milliseconds.
  let duration: Int

  /// The formants of a mouth at rest.
  private static let neutral = [500.0, 1500, 2500]

  init(_ script: SpeechScript, speaker: Speaker) {
    var random = RandomSource(seed: speaker.seed)
    var segments: [SpeechSegment] = []
    var melody = PitchContour(speaker: speaker)
    var time = 0.0

    func append(_ segment: SpeechSegment) {
      segments.append(segment)
      time += segment.duration
    }

    append(SpeechSegment(duration: 120, target: ArticulationTarget(formants: Self.neutral)))
    for (index, phrase) in script.phrases.enumerated() {
      let start = time
      for (position, sound) in phrase.sounds.enumerated() {
        let began = time
        let next = position + 1 < phrase.sounds.count ? phrase.sounds[position + 1] : nil
        for segment in Self.segments(of: sound, before: next) {
          var segment = segment
          segment.duration *= random.between(0.93, 1.07) / speaker.rate
          append(segment)
        }
        if sound.phoneme.kind == .vowel, sound.stress > 0 {
          melody.addAccent(at: began + 0.55 * (time - began), strength: sound.stress)
        }
      }
      melody.addPhrase(from: start, to: time, ending: phrase.ending)
      if index + 1 < script.phrases.count {
        for segment in Self.pause(phrase.ending) { append(segment) }
      }
    }
    append(SpeechSegment(duration: 250, target: ArticulationTarget(formants: Self.neutral)))

    let targets = Self.sampled(Self.filled(segments))
    func track(_ width: Int, _ value: (ArticulationTarget) -> Double) -> ControlTrack {
      ControlTrack(targets.map(value)).smoothed(width: width)
    }
    formants = (0..<3).map { formant in
      track(46) { ($0.formants ?? Self.neutral)[formant] * speaker.formantScale }
    }
    voicing = track(14) { $0.voicing }
    aspiration = track(12) { $0.aspiration }
    frication = track(5) { $0.frication }
    noiseFrequency = track(5) { $0.noiseFrequency * speaker.formantScale }
    noiseWidth = track(5) { $0.noiseWidth }
    nasality = track(30) { $0.nasality }
    duration = targets.count
    pitch = melody.track(duration: duration)
  }

  /// The segments of a sound in its place: shorter without stress, longer before a pause.
  private static func segments(
    of sound: SpeechScript.Sound, before next: SpeechScript.Sound?
  ) -> [SpeechSegment] {
    var stretch = 1.0
    var loudness = 1.0
    if sound.phoneme.kind == .vowel {
      stretch = [0.72, 1.0, 1.15][min(sound.stress, 2)]
      loudness = [0.72, 0.95, 1.05][min(sound.stress, 2)]
    }
    if sound.endsPhrase {
      stretch *= 1.4
      loudness *= 0.85
    }
    // Between consonants a stop has no breath of its own: its release runs into the next sound.
    let parts = sound.phoneme.segments.filter { segment in
      !(next?.phoneme.kind == .obstruent && segment.target.formants == nil && segment.target.frication == 0)
    }
    return parts.map { segment in
      var segment = segment
      segment.duration *= stretch
      segment.target.voicing *= loudness
      return segment
    }
  }

  /// A silent pause; a long one has an intake of breath in its second half.
  private static func pause(_ ending: SpeechScript.Ending) -> [SpeechSegment] {
    let silence = ArticulationTarget(formants: neutral)
    guard ending.pause > 300 else { return [SpeechSegment(duration: ending.pause, target: silence)] }
    let breath = ArticulationTarget(formants: [650, 1600, 2600], aspiration: 0.055)
    return [
      SpeechSegment(duration: 0.42 * ending.pause, target: silence),
      SpeechSegment(duration: 0.46 * ending.pause, target: breath),
      SpeechSegment(duration: 0.12 * ending.pause, target: silence),
    ]
  }

  /// The segments with missing formants taken from the next segment that has some.
  private static func filled(_ segments: [SpeechSegment]) -> [SpeechSegment] {
    var result = segments
    var following = neutral
    for index in result.indices.reversed() {
      following = result[index].target.formants ?? following
      result[index].target.formants = following
    }
    return result
  }

  /// The target at each millisecond.
  private static func sampled(_ segments: [SpeechSegment]) -> [ArticulationTarget] {
    var result: [ArticulationTarget] = []
    var end = 0.0
    for segment in segments {
      end += segment.duration
      while Double(result.count) < end { result.append(segment.target) }
    }
    return result
  }
}
