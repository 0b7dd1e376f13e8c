import AudioRestyle
import SoundFiles

extension ApplyJob {
  /// Throws where `--quality` has no effect on any result, or contradicts the bit rate of a delivery target.
  ///
  /// - Parameter formats: The formats of the results; `nil` for an unknown one.
  func checkQuality(_ formats: [SoundFileFormat?]) throws(UsageError) {
    guard output.quality != nil, let first = formats.first.flatMap(\.self) else { return }
    if let rate = output.constantBitRate, formats.contains(where: { $0?.container == .mp3 }) {
      throw UsageError(
        "--quality: expected none beside --for, as MP3 for this target has a constant bit rate of "
          + "\(Int(rate / 1000)) kbit/s")
    }
    let isUseful = formats.contains { format in
      format.map { [.vorbis, .opus, .mpegLayer3].contains($0.encoding) } ?? true
    }
    guard isUseful else {
      throw UsageError("--quality: expected a result of Vorbis, Opus or MP3 beside it, found \(first.name)")
    }
  }
}
