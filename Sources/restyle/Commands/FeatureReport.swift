import AudioFeatures
import AudioRestyle

/// What `restyle extract --json` says: what the numbers of a feature file stand for.
struct FeatureReport: Encodable, Sendable {
  var path: String
  var features: FeatureKind
  var stereo: StereoMode
  /// The N views, in order.
  var views: [String]
  /// The centre frequencies of the C channels in Hz.
  var frequencies: [Double]
  /// The lower and upper edges of the channels in Hz.
  var edges: [[Double]]
  /// The number L of frames.
  var length: Int
  /// In Hz.
  var sampleRate: Double
  var channelCount: Int
  /// The number of sample frames.
  var frameCount: Int
  /// In samples, as the two that follow.
  var windowLength: Int
  var fftLength: Int
  var hopLength: Int

  init(path: String, _ grid: FeatureGrid) {
    self.path = path
    features = grid.features
    stereo = grid.stereo
    views = grid.views.map(\.name)
    frequencies = grid.layout.frequencies
    edges = grid.edges.map { [$0.lower, $0.upper] }
    length = grid.length
    sampleRate = grid.sampleRate
    channelCount = grid.channelCount
    frameCount = grid.frameCount
    windowLength = grid.geometry.windowLength
    fftLength = grid.geometry.fftLength
    hopLength = grid.geometry.hopLength
  }
}
