import AdaIN
public import AudioFeatures
import Restylings
import StyleProfiles
public import Tensors

/// The feature sequence of a clip: the level in dB of every band (or bin) in every frame.
///
/// Levels are in dB relative to full scale (a mean square of 1 is 0 dB), at the clip's own level. They are multiples of
/// 2⁻¹⁶ dB, and at least −120 dB. Any program may change them, and a ``Restyler`` renders them: the gain of a band in a
/// frame is its changed level less its own.
public struct FeatureSequence: Equatable, Sendable {
  /// The grid: the meaning of views, channels and frames.
  public let grid: FeatureGrid
  /// The levels, of shape (N, C, L): views, channels, frames.
  public var values: Tensor3<Float>
  /// What to call the sequence in messages.
  public var name: String

  /// The largest magnitude of a level in dB.
  public static let largestLevel: Float = 1000

  /// Creates a sequence of levels on a grid.
  ///
  /// - Throws: ``RestyleError/featuresDoNotFit(_:)`` where shape and grid differ, or a level is not finite or beyond
  ///   ±1000 dB.
  public init(_ values: Tensor3<Float>, grid: FeatureGrid, name: String = "features") throws(RestyleError) {
    self.grid = grid
    self.values = values
    self.name = name
    try check()
  }

  /// Throws unless the values are levels of the grid.
  func check() throws(RestyleError) {
    let expected = TensorShape(grid.views.count, grid.layout.channelCount, grid.length)
    guard values.shape == expected else {
      throw .featuresDoNotFit(
        "\(name): expected features of shape \(expected) (views, channels, frames; \(grid.summary)), found "
          + "\(values.shape)")
    }
    guard let index = values.scalars.firstIndex(where: { !(abs($0) <= Self.largestLevel) }) else { return }
    let (row, frame) = index.quotientAndRemainder(dividingBy: expected.l)
    let (view, channel) = row.quotientAndRemainder(dividingBy: expected.c)
    throw .featuresDoNotFit(
      "\(name): expected levels within ±1000 dB, found \(values.scalars[index]) in view "
        + "\(grid.views[view].name), channel \(channel), frame \(frame)")
  }

  /// Throws unless the sequence has the grid of a clip.
  func check(fits clip: FeatureGrid, name clipName: String) throws(RestyleError) {
    try check()
    guard grid == clip else {
      throw .featuresDoNotFit(
        "\(name): expected features of \(clipName) (\(clip.summary)), found those of a clip with \(grid.summary)"
      )
    }
  }
}

extension FeatureGrid {
  /// The facts of the grid, for messages.
  var summary: String {
    let channels = channelCount == 1 ? "mono" : "\(channelCount) channels"
    return
      "\(features.rawValue), \(stereo.rawValue), \(Int(sampleRate)) Hz, \(channels), \(frameCount) frames"
  }
}

/// The grid of a feature sequence: its views, channels and frames, for a clip.
public struct FeatureGrid: Hashable, Sendable {
  /// The kind of features: `bands` or `spectrum`.
  public let features: FeatureKind
  /// The stereo mode, which combines the clip's channels into views.
  public let stereo: StereoMode
  /// The clip's sample rate in Hz.
  public let sampleRate: Double
  /// The clip's number of channels.
  public let channelCount: Int
  /// The clip's number of sample frames.
  public let frameCount: Int

  /// The largest number of sample frames: over a year at any rate.
  static let largestFrameCount = 1 << 46

  /// Creates the grid of a clip.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for `waveform` features, for `mid-side` where the clip does not have
  ///   2 channels, and for impossible numbers of channels and frames; ``RestyleError/unsupportedRate(_:)``.
  public init(
    features: FeatureKind, stereo: StereoMode, sampleRate: Double, channelCount: Int, frameCount: Int
  ) throws(RestyleError) {
    guard features != .waveform else {
      throw .invalidOption(
        "features: expected bands or spectrum, found waveform, which is the samples themselves")
    }
    guard stereo != .midSide || channelCount == 2 else {
      throw .invalidOption("stereo: mid-side needs a clip of 2 channels, found \(channelCount)")
    }
    let rates = LoudnessMeter.supportedSampleRates
    guard channelCount > 0 else {
      throw .invalidOption("channels: expected at least 1, found \(channelCount)")
    }
    guard (0...Self.largestFrameCount).contains(frameCount) else {
      throw .invalidOption("frames: expected 0 to \(Self.largestFrameCount), found \(frameCount)")
    }
    guard rates.contains(sampleRate) else {
      throw .unsupportedRate(
        "expected a sample rate of \(Int(rates.lowerBound)) to \(Int(rates.upperBound)) Hz, found \(sampleRate)"
      )
    }
    self.features = features
    self.stereo = stereo
    self.sampleRate = sampleRate
    self.channelCount = channelCount
    self.frameCount = frameCount
  }

  /// The lengths of the analysis: window, transform and hop, in samples.
  public var geometry: STFTGeometry { STFTGeometry(sampleRate: sampleRate) }

  /// The C feature channels: bands or bins.
  public var layout: FeatureLayout { features.layout(for: geometry) }

  /// The N views whose levels the sequence holds, in order.
  public var views: [StereoView] { stereo.views(channelCount: channelCount) }

  /// The number L of frames: those whose centre lies inside the clip; frame l is centred at sample l · hop.
  public var length: Int { geometry.frameCount(ofSamples: frameCount) }

  /// The lower and upper edge of each channel in Hz: the neighbours' centres.
  public var edges: [(lower: Double, upper: Double)] {
    let layout = layout
    return (0..<layout.channelCount).map { channel in
      (
        channel > 0
          ? layout.frequencies[channel - 1] : min(layout.frequencies[0], BandLayout.lowestFrequency),
        channel + 1 < layout.channelCount
          ? layout.frequencies[channel + 1]
          : max(layout.frequencies[channel], layout.upperEdge(ofChannel: channel))
      )
    }
  }
}

/// The file formats of feature sequences, by the extension of their names.
public enum FeatureFileFormat: String, CaseIterable, Hashable, Sendable {
  /// NumPy: the levels alone.
  case npy
  /// NumPy's archive: levels, frequencies and all facts.
  case npz
  /// Safetensors: levels, frequencies and all facts.
  case safetensors

  /// The format of a file's name.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for other extensions.
  public init(path: String) throws(RestyleError) {
    let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard path.contains("."), let format = Self(rawValue: suffix) else {
      throw .invalidOption("\(path): expected a name that ends in .npy, .npz or .safetensors")
    }
    self = format
  }
}

/// Collects the levels of a view frame by frame, in blocks, so that nothing is copied as they grow in number.
struct FeatureCollector {
  private static let blockLength = 256
  private let channelCount: Int
  /// The levels in dB, frame by frame, in blocks of up to 256 frames.
  private var blocks: [[Float]] = []
  private var frameCount = 0

  init(channelCount: Int) {
    self.channelCount = channelCount
  }

  /// Takes the levels of a frame: C channels, then the broadband level, which is dropped.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    if frameCount % Self.blockLength == 0 {
      blocks.append([])
      blocks[blocks.count - 1].reserveCapacity(Self.blockLength * channelCount)
    }
    let last = blocks.count - 1
    for channel in 0..<channelCount { blocks[last].append(Float(levels[channel].decibels)) }
    frameCount += 1
  }

  /// Moves the levels of all views into a tensor (N, C, L); the collectors are then empty.
  ///
  /// - Precondition: All collectors have equal numbers of frames and channels.
  static func tensor(_ views: inout [FeatureCollector]) -> Tensor3<Float> {
    let (channels, length) = (views.first?.channelCount ?? 0, views.first?.frameCount ?? 0)
    precondition(views.allSatisfy { $0.channelCount == channels && $0.frameCount == length })
    return unsafe Tensor3(shape: TensorShape(views.count, channels, length)) { target in
      for n in views.indices {
        for index in views[n].blocks.indices {
          let block = views[n].blocks[index]
          views[n].blocks[index] = []
          let start = index * blockLength
          for channel in 0..<channels {
            let row = (n * channels + channel) * length + start
            for frame in 0..<block.count / channels {
              unsafe target[row + frame] = block[frame * channels + channel]
            }
          }
        }
      }
    }
  }
}
