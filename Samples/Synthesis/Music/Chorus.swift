/// A stereo chorus: each channel adds itself at a delay that moves, the channels a quarter turn apart.
struct Chorus {
  /// The mean delay in seconds.
  var delay = 0.012
  /// How far the delay moves to either side, in seconds.
  var depth = 0.0025
  /// Movements a second.
  var frequency = 0.5
  /// The level of the delayed sound.
  var mix = 0.6

  /// Applies the chorus to a clip in place.
  func apply(to clip: inout Clip) {
    for channel in clip.channels.indices {
      var line = DelayLine(capacity: Int((delay + depth) * clip.rate) + 4)
      for index in 0..<clip.frameCount {
        let x = clip.channels[channel][index]
        line.write(x)
        let turns = frequency * Double(index) / clip.rate + 0.25 * Double(channel)
        let distance = (delay + depth * Arithmetic.sine(turns: turns)) * clip.rate
        clip.channels[channel][index] = x + mix * line.read(distance)
      }
    }
  }
}
