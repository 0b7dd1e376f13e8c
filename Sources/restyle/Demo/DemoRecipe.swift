import AudioRestyle

/// One restyling of the demo.
struct DemoRecipe: Sendable {
  /// The result's name without extension.
  var name: String
  /// The content's name.
  var content: String
  /// The styles' names and weights.
  var styles: [(name: String, weight: Double)]
  /// What is done.
  var options = RestyleOptions()
  /// What it is, in a sentence.
  var title: String
  /// What can be heard.
  var listenFor: String

  private init(
    _ name: String, _ content: String, _ styles: [(name: String, weight: Double)], _ title: String,
    listenFor: String, change: (inout RestyleOptions) -> Void = { _ in }
  ) {
    self.name = name
    self.content = content
    self.styles = styles
    self.title = title
    self.listenFor = listenFor
    change(&options)
  }

  /// All restylings, in the order in which they are best heard.
  static let all: [DemoRecipe] = [
    DemoRecipe(
      "voice-old-radio", "voice", [("old-radio", 1)],
      "The reader, as an announcer on an old radio.",
      listenFor: "the bass is gone, and the middle stands forward."),
    DemoRecipe(
      "voice-old-radio-equipment", "voice", [("old-radio", 1)],
      "The same with --aim equipment, which takes only what cannot come from another sound.",
      listenFor: "less bass, too, but the reader is as lively as in the recording.",
      change: { $0.aim = .equipment }),
    DemoRecipe(
      "voice-old-radio-adain", "voice", [("old-radio", 1)],
      "The same with --method adain: mean and spread of the levels of every band.",
      listenFor: "quiet syllables are as near as loud ones in every band.",
      change: { $0.method = .adain }),
    DemoRecipe(
      "voice-bright-broadcast", "voice", [("bright-broadcast", 1)], "The reader, in a bright broadcast.",
      listenFor: "a crisp top, and a level that hardly moves; the pauses stay as quiet."),
    DemoRecipe(
      "melody-dark-tape", "plucked-melody", [("dark-tape", 1)], "The guitar, with the tone of a worn tape.",
      listenFor: "soft, dark plucks; the notes and their timing are the same."),
    DemoRecipe(
      "drums-bright-broadcast", "drum-loop", [("bright-broadcast", 1)], "The drums, in a bright broadcast.",
      listenFor: "a much fuller middle; the tails between the hits come up."),
    DemoRecipe(
      "drums-bright-broadcast-tone-only", "drum-loop", [("bright-broadcast", 1)],
      "The same with --dynamics 0: the tone of the broadcast without its compression.",
      listenFor: "the same fuller middle, but hits as hard as in the recording before.",
      change: { $0.dynamics = 0 }),
    DemoRecipe(
      "pad-half-old-radio", "pad", [("old-radio", 1)], "The pad, half way to the old radio (--strength 0.5).",
      listenFor: "a narrower sound that still has some of its bass.", change: { $0.strength = 0.5 }),
    DemoRecipe(
      "pad-between", "pad", [("bright-broadcast", 1), ("dark-tape", 1)],
      "The pad, between the bright broadcast and the dark tape.",
      listenFor: "more top than in the recording before, and less bass."),
    DemoRecipe(
      "melody-away-from-radio", "plucked-melody", [("old-radio", 1)],
      "The guitar, away from the old radio (--strength -0.3).",
      listenFor: "more bass and more brilliance than in the recording before.",
      change: {
        $0.strength = -0.3
        $0.loudness = .keep
      }),
  ]
}
