/// The uneven speed of a tape: slow wow, fast flutter, and a small delay between the two tracks.
struct TapeTransport {
  /// The greatest deviation of speed by wow, as a part of the speed.
  var wow = 0.0022
  /// The greatest deviation of speed by flutter.
  var flutter = 0.0007
  /// How much later the second track is read, in seconds.
  var azimuth = 0.00002

  private static let wowFrequency = 0.56
  private static let flutterFrequencies = [6.3, 9.1]

  /// Plays a clip at an uneven speed, in place.
  func apply(to clip: inout Clip) {
    // A delay of A · sin(2πft) changes the speed by 2πfA.
    let wowDepth = wow / (2 * Arithmetic.pi * Self.wowFrequency)
    let flutterDepths = Self.flutterFrequencies.map { flutter / (2 * Arithmetic.pi * $0) }
    let middle = wowDepth + flutterDepths.reduce(0, +) + 0.0002
    for channel in clip.channels.indices {
      var line = DelayLine(capacity: Int((2 * middle + azimuth) * clip.rate) + 8)
      let start = middle + azimuth * Double(channel)
      for index in 0..<clip.frameCount {
        line.write(clip.channels[channel][index])
        let time = Double(index) / clip.rate
        var delay = start + wowDepth * Arithmetic.sine(turns: Self.wowFrequency * time)
        for (frequency, depth) in zip(Self.flutterFrequencies, flutterDepths) {
          delay += depth * Arithmetic.sine(turns: frequency * time)
        }
        clip.channels[channel][index] = line.read(delay * clip.rate)
      }
    }
  }
}
