import Foundation
import SoundFiles

extension FileRestyler {
  /// The loudness of what is about to be written, where it is to be written beside it; `nil` where it is not.
  ///
  /// What lossy encoders do to it is not in it: they move loudness by less than 0.1 LU (LAME at constant rates by 0.3),
  /// peaks by more.
  ///
  /// - Parameters:
  ///   - clip: The clip as it is handed to the encoder; it is read from its beginning.
  ///   - album: What holds for the clip's album.
  ///   - progress: Called with the number of frames done; an error it throws ends the work.
  /// - Throws: As ``DeliveryMeasurement``.
  func loudness(
    of clip: any FrameSource, album: SoundLoudness.Album?, _ progress: (Int) throws -> Void
  ) throws -> SoundLoudness? {
    guard output.tagsLoudness else { return nil }
    let measurement = try DeliveryMeasurement(of: clip, threads: threads, progress: progress)
    var loudness = SoundLoudness()
    loudness.integrated = measurement.loudness
    loudness.range = measurement.loudnessRange
    loudness.truePeak = measurement.truePeak
    loudness.highestMomentary = measurement.highestMomentary
    loudness.highestShortTerm = measurement.highestShortTerm
    loudness.album = album
    return loudness
  }
}

extension AlbumPlan {
  /// Loudness and peak of all results as one programme, as meters read them; `nil` for a pool of short sounds, for silence,
  /// and where clips of one channel, which the plan counts twice, stand beside others.
  var metered: SoundLoudness.Album? {
    guard sharing != .colour, let loudness else { return nil }
    let monoCount = sources.count { $0.channelCount == 1 }
    guard monoCount == 0 || monoCount == sources.count else { return nil }
    return SoundLoudness.Album(
      integrated: monoCount == 0 ? loudness : loudness - LoudnessTarget.monoDifference, truePeak: truePeak)
  }
}
