/// One of the demo's recordings: what it is called, what it is, and how it is made.
package struct Sample: Sendable {
  /// The file's name without extension.
  package let name: String
  /// The title for the file's text fields.
  package let title: String
  /// What can be heard, and what was done to it.
  package let comment: String
  /// Makes the recording, the same to the bit each time.
  package let render: @Sendable () -> Clip

  /// Dry recordings to be restyled.
  package static let contents: [Sample] = [
    Sample(
      name: "voice", title: "Voice",
      comment: "A calm reader in a furnished room; a formant synthesiser",
      render: VoiceClip.render),
    Sample(
      name: "plucked-melody", title: "Plucked melody",
      comment: "A melody over bass notes on a small guitar; Karplus-Strong strings",
      render: PluckClip.render),
    Sample(
      name: "drum-loop", title: "Drum loop",
      comment: "Three bars at 116 beats a minute, uncompressed; sines and filtered noise",
      render: DrumClip.render),
    Sample(
      name: "pad", title: "Pad",
      comment: "Three chords of detuned saws through a moving filter and a chorus",
      render: PadClip.render),
  ]

  /// Recordings whose sound is worth borrowing; each is another performance than the contents.
  package static let styles: [Sample] = [
    Sample(
      name: "old-radio", title: "Old radio",
      comment: "An announcer, 300 to 3400 Hz, driven and heavily compressed, with hiss",
      render: OldRadioStyle.render),
    Sample(
      name: "bright-broadcast", title: "Bright broadcast",
      comment: "A presenter over music, bright, compressed twice and limited",
      render: BrightBroadcastStyle.render),
    Sample(
      name: "dark-tape", title: "Dark tape",
      comment: "A slow band on a worn tape: dull, warm, softly compressed, wow and flutter",
      render: DarkTapeStyle.render),
  ]

  /// All recordings.
  package static let all = contents + styles
}
