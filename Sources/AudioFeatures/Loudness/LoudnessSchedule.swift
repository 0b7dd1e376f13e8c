/// Where steps of 10 ms begin at a sample rate: step k starts at frame `k · rate/100`, rounded.
struct LoudnessSchedule: Sendable {
  let sampleRate: Double

  /// The first frame of a step.
  func start(ofStep step: Int) -> Int {
    Int((Double(step) * sampleRate / 100).rounded())
  }
}
