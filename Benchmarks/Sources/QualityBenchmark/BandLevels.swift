import AudioRestyle

/// The levels in dB of every band of every frame of a clip, by the analysis that restyling uses.
struct BandLevels {
  let bandCount: Int
  let frameCount: Int
  /// Band levels, one frame after the other.
  private let levels: [Double]
  private let broadband: [Double]

  init(_ clip: Clip) {
    let geometry = STFTGeometry(sampleRate: clip.rate)
    let layout = FeatureLayout.bands(.standard)
    let analyzer = LevelAnalyzer(layout: layout, geometry: geometry)
    var stft = STFTAnalyzer(geometry: geometry, channelCount: 1)
    stft.append(clip.samples.span, channel: 0)
    stft.finish()
    var frame = stft.makeFrame()
    var power = ContiguousArray<Float>(repeating: 0, count: geometry.binCount)
    var row = ContiguousArray<FixedLevel>(repeating: .floor, count: analyzer.channelCount + 1)
    var (levels, broadband): ([Double], [Double]) = ([], [])
    // Bands that reach beyond half the rate hold nothing.
    let count = (0..<analyzer.channelCount).prefix { layout.upperEdge(ofChannel: $0) <= clip.rate / 2 }.count
    while stft.nextFrame(into: &frame) {
      guard frame.index >= 0, frame.index * geometry.hopLength < clip.samples.count else { continue }
      for k in power.indices {
        power[k] = frame.real[k] * frame.real[k] + frame.imaginary[k] * frame.imaginary[k]
      }
      analyzer.measure(power: power, windowEnergy: frame.windowEnergy, into: &row)
      levels += row[..<count].map(\.decibels)
      broadband.append(row[analyzer.channelCount].decibels)
    }
    (bandCount, frameCount) = (count, broadband.count)
    (self.levels, self.broadband) = (levels, broadband)
  }

  subscript(band: Int, frame: Int) -> Double { levels[frame * bandCount + band] }

  /// The frames within 40 dB of the 98th percentile of the broadband level.
  var activeFrames: [Int] {
    let sorted = broadband.sorted()
    guard !sorted.isEmpty else { return [] }
    let gate = sorted[(sorted.count - 1) * 98 / 100] - 40
    return broadband.indices.filter { broadband[$0] >= gate }
  }

  /// Mean and spread of each band over some frames.
  func moments(over frames: [Int]) -> (mean: [Double], spread: [Double]) {
    let count = Double(max(1, frames.count))
    let mean = (0..<bandCount).map { band in frames.reduce(0) { $0 + self[band, $1] } / count }
    let spread = (0..<bandCount).map { band in
      (frames.reduce(0) { $0 + (self[band, $1] - mean[band]) * (self[band, $1] - mean[band]) } / count)
        .squareRoot()
    }
    return (mean, spread)
  }

  /// How unevenly the gain from one sound to another changes from frame to frame and band to band, in dB.
  ///
  /// With `D` the difference of the levels, it is the mean of `|D[b+1, t+1] − D[b+1, t] − D[b, t+1] + D[b, t]|` over
  /// active frames. A fixed filter leaves no difference over time, a gain common to all bands none between bands, so
  /// neither tone nor compression shows up. What is left is gain that moves differently in neighbouring bands, which is
  /// what is heard as musical noise and as warbling.
  func roughness(relativeTo reference: BandLevels) -> Double {
    let active = Set(reference.activeFrames)
    let frames = active.filter { active.contains($0 + 1) && $0 + 1 < frameCount }
    var sum = 0.0
    for t in frames.sorted() {
      for b in 0..<bandCount - 1 {
        func difference(_ band: Int, _ frame: Int) -> Double { self[band, frame] - reference[band, frame] }
        sum += abs(
          difference(b + 1, t + 1) - difference(b + 1, t) - difference(b, t + 1) + difference(b, t))
      }
    }
    return sum / Double(max(1, frames.count * (bandCount - 1)))
  }
}
