import AudioRestyle
import Tensors
import Testing

/// One restyling of bundled clips whose result is held to stored figures.
struct GoldenRun: Sendable, CustomTestStringConvertible {
  /// What the run is called in the golden file.
  let name: String
  /// How the result is made.
  let kind: Kind
  /// What is asked for.
  let options: RestyleOptions

  /// How a result is made.
  enum Kind: Sendable {
    /// A clip in memory towards styles with weights.
    case memory(Sound, [(style: Sound, weight: Double)])
    /// A clip towards its own levels, of which some were changed.
    case features(Sound)
    /// A file towards a style, to a 16-bit file.
    case file(String, style: Sound)
    /// Several files by one plan; the result is the clips one after the other.
    case album([String], style: Sound)
  }

  /// A bundled clip or a part of one.
  struct Sound: Sendable, ExpressibleByStringLiteral {
    let name: String
    var half: Int?
    var isTreated = false

    init(stringLiteral name: String) { self.name = name }

    init(_ name: String, half: Int, isTreated: Bool = false) {
      (self.name, self.half, self.isTreated) = (name, half, isTreated)
    }

    func load() throws -> Material {
      var material = try Material.bundled(name)
      if let half { material = material.half(half) }
      return isTreated ? material.treated : material
    }
  }

  var testDescription: String { name }

  private init(_ name: String, _ kind: Kind, _ change: (inout RestyleOptions) -> Void = { _ in }) {
    var options = RestyleOptions()
    // Levels from a feature file have no aim.
    if case .features = kind {} else { options.aim = .equipment }
    change(&options)
    (self.name, self.kind, self.options) = (name, kind, options)
  }

  private init(
    _ name: String, _ content: Sound, _ style: Sound, _ change: (inout RestyleOptions) -> Void = { _ in }
  ) {
    self.init(name, .memory(content, [(style, 1)]), change)
  }

  /// Every method, kind of features, stereo mode, phase, refinement and way of finishing is in at least one run.
  static let all: [GoldenRun] = [
    GoldenRun("style-unlike", "voice", "old-radio") { $0.aim = .style },
    GoldenRun("style-like", Sound("voice", half: 0), Sound("voice", half: 1, isTreated: true)) {
      $0.aim = .style
    },
    GoldenRun("style-music", "plucked-melody", "dark-tape") { $0.aim = .style },
    GoldenRun("style-range", "pad", "bright-broadcast") {
      $0.aim = .style
      $0.toneRange = 200...8000
      $0.smoothing = 0.5
      $0.strength = 0.5
    },
    GoldenRun("match-unlike", "voice", "old-radio"),
    GoldenRun("match-like", Sound("voice", half: 0), Sound("voice", half: 1, isTreated: true)),
    GoldenRun("match-music-linear", "plucked-melody", "dark-tape") { $0.phase = .linear },
    GoldenRun("match-half-strength", "pad", "bright-broadcast") { $0.strength = 0.5 },
    GoldenRun("match-double-strength-unrefined", "plucked-melody", "bright-broadcast") {
      $0.strength = 2
      $0.refinements = 0
    },
    GoldenRun("match-independent-loud", "drum-loop", "bright-broadcast") {
      $0.stereo = .independent
      $0.loudness = .lufs(-12)
      $0.ceiling = .decibelsTruePeak(-3)
    },
    GoldenRun("match-two-styles", .memory("voice", [("bright-broadcast", 3), ("old-radio", 1)])) {
      $0.tone = 2
      $0.dynamics = 0
    },
    GoldenRun("mean-tone", "pad", "dark-tape") {
      $0.method = .mean
      $0.tone = 2
      $0.loudness = .keep
    },
    GoldenRun("adain-negative-strength", "plucked-melody", "bright-broadcast") {
      $0.method = .adain
      $0.strength = -1
    },
    GoldenRun("adain-dynamics-refined", "drum-loop", "dark-tape") {
      $0.method = .adain
      $0.tone = 0
      $0.dynamics = 2
      $0.refinements = 2
    },
    GoldenRun("adain-mid-side", "drum-loop", "bright-broadcast") {
      $0.method = .adain
      $0.stereo = .midSide
      $0.phase = .linear
      $0.peaks = .gain
    },
    GoldenRun("adain-spectrum", "voice", "bright-broadcast") { $0.features = .spectrum },
    GoldenRun("adain-waveform", "drum-loop", "dark-tape") {
      $0.features = .waveform
      $0.stereo = .independent
    },
    GoldenRun("efdm-two-styles", .memory("voice", [("old-radio", 1), ("bright-broadcast", 1)])) {
      $0.method = .efdm
      $0.loudness = .off
    },
    GoldenRun("transport", "pad", "old-radio") { $0.method = .transport },
    GoldenRun("features-changed", .features("plucked-melody")) { $0.ceiling = .off },
    GoldenRun("file-16-bit", .file("voice", style: "bright-broadcast")) { $0.method = .adain },
    GoldenRun("album-match", .album(["plucked-melody", "drum-loop"], style: "bright-broadcast")),
    GoldenRun("album-adain", .album(["plucked-melody", "drum-loop"], style: "dark-tape")) {
      $0.method = .adain
      $0.refinements = 2
      $0.peaks = .gain
    },
  ]

  /// The content, or all of them one after the other.
  func content() throws -> Material {
    switch kind {
    case .memory(let content, _), .features(let content): try content.load()
    case .file(let name, _): try Material.bundled(name)
    case .album(let names, _): try Self.joined(names.map(Material.bundled), name: name)
    }
  }

  /// Restyles.
  ///
  /// - Parameter scale: A factor of the strength.
  func result(strengthTimes scale: Double = 1) throws -> Material {
    var options = options
    options.strength *= scale
    switch kind {
    case .memory(let content, let styles):
      let restyler = Restyler(options: options)
      let weighted = try styles.map {
        WeightedStyle(try restyler.learner.learn($0.style.load().source), weight: $0.weight)
      }
      let clip = try content.load()
      return Material((try restyler.restyle(clip.source, towards: weighted).channels, clip.rate), name: name)
    case .features(let content):
      return try Self.changed(content.load(), options)
    case .file(let name, let style):
      let folder = try TemporaryFolder()
      let restyler = FileRestyler(options: options)
      let styles = [WeightedStyle(try StyleProfile(learning: style, for: options))]
      _ = try restyler.restyle(Material.path(name), towards: styles, to: folder.file("result.flac"))
      return Material(try Material.read(folder.file("result.flac")), name: self.name)
    case .album(let names, let style):
      return try album(names, style, options)
    }
  }

  /// The clip with its bands tilted by −6 to 6 dB, and its quiet frames, those under −50 dB, 3 dB lower.
  private static func changed(_ clip: Material, _ options: RestyleOptions) throws -> Material {
    let restyler = Restyler(options: options)
    var sequence = try restyler.extractFeatures(from: clip.source)
    let shape = sequence.values.shape
    for channel in 0..<shape.c {
      let tilt = 12 * Float(channel) / Float(shape.c - 1) - 6
      for frame in 0..<shape.l {
        let level = sequence.values[0, channel, frame]
        sequence.values[0, channel, frame] = level + tilt - (level < -50 ? 3 : 0)
      }
    }
    return Material(
      (try restyler.restyle(clip.source, towards: sequence).channels, clip.rate), name: clip.name)
  }

  private func album(_ names: [String], _ style: Sound, _ options: RestyleOptions) throws -> Material {
    let folder = try TemporaryFolder()
    var restyler = FileRestyler(options: options)
    restyler.output.encoding = .float32
    let outputs = names.map { folder.file("\($0).wav") }
    let paths = names.map(Material.path)
    let styles = [WeightedStyle(try StyleProfile(learning: style, for: options))]
    var album = try AlbumPlan(paths.map { try restyler.measure($0) }, towards: styles, options: options)
    while !album.isDecided {
      try album.take(
        paths.indices.map {
          try restyler.rehearse(paths[$0], clip: $0, of: album, to: outputs[$0])
        })
    }
    for index in paths.indices {
      _ = try restyler.restyle(paths[index], clip: index, of: album, to: outputs[index])
    }
    let results = try outputs.map { Material(try Material.read($0), name: name) }
    return Self.joined(results, name: name)
  }

  private static func joined(_ clips: [Material], name: String) -> Material {
    let channels = clips[0].channels.indices.map { channel in clips.flatMap { $0.channels[channel] } }
    return Material((channels, clips[0].rate), name: name)
  }
}

extension StyleProfile {
  /// The profile of a style, measured as options need it.
  fileprivate init(learning sound: GoldenRun.Sound, for options: RestyleOptions) throws {
    self = try Restyler(options: options).learner.learn(sound.load().source)
  }
}
