public import Foundation

/// An error that keeps a clip from being measured or restyled.
public enum RestyleError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// A clip has no samples.
  case emptyClip(String)
  /// Samples are no clip: no channel, channels of different lengths, or no positive sample rate.
  case invalidClip(String)
  /// A style has no frame above −70 dBFS.
  case silentStyle(String)
  /// Two profiles, or a profile and a clip, have different feature channels.
  case incompatibleProfiles(String)
  /// A profile lacks what a method needs.
  case missingMeasurement(name: String, view: String, method: RestyleMethod, needs: String)
  /// A file is not a saved restyling, or a damaged one, or one of a newer version, or does not fit a clip.
  case invalidRestyling(String)
  /// A file is not a style profile, or a damaged one, or one of a newer version.
  case invalidProfile(String)
  /// A feature file does not fit the clip that it is to be applied to.
  case featuresDoNotFit(String)
  /// A stem has another rate, number of channels or length than its mix.
  case stemDoesNotFit(String)
  /// An option has a value outside its range.
  case invalidOption(String)
  /// A clip has a sample rate at which loudness cannot be measured.
  case unsupportedRate(String)
  /// A saved restyling cannot be opened.
  case unreadable(String)
  /// The content changed between two readings.
  case unstableContent(String)
  /// The system has no thread for work that runs beside its caller.
  case noThread(String)

  /// The message, for Foundation.
  public var errorDescription: String? { description }

  /// The message.
  public var description: String {
    switch self {
    case .emptyClip(let name): "\(name): expected at least 1 sample frame, found 0"
    case .silentStyle(let name):
      "\(name): expected a style with sound above -70 dBFS, found none; nothing can be learned from silence"
    case .missingMeasurement(let name, let view, let method, let needs):
      "\(name): the method \(method.rawValue) needs \(needs) (view \(view)), and this profile holds "
        + "none; learn it again from its clips, or choose --method adain or mean, which need neither frames nor distributions"
    case .invalidClip(let text), .invalidRestyling(let text), .incompatibleProfiles(let text),
      .invalidProfile(let text), .featuresDoNotFit(let text), .stemDoesNotFit(let text),
      .invalidOption(let text),
      .unsupportedRate(let text), .unreadable(let text),
      .unstableContent(let text), .noThread(let text):
      text
    }
  }
}
