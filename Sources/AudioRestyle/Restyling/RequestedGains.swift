import AudioFeatures

/// The gains that a restyling asks for, frame by frame: what the layer makes of each frame, less the frame.
///
/// Limits, calmed pauses, onsets and what follows the samples come after.
public struct RequestedGains: Codable, Sendable {
  /// The view's name.
  public var view: String
  /// The centre frequencies of the C bands in Hz.
  public var frequencies: [Double]
  /// The distance between frames in seconds; the first is centred at 0.
  public var frameDistance: Double
  /// C gains in dB for each frame.
  public var gains: [[Float]]
}

extension Restyler {
  /// The gains that a restyling asks for in every frame of a clip, by view; none for samples and levels from outside.
  ///
  /// The clip is read once. Memory is 4 bytes for each gain.
  public func requestedGains(of source: any FrameSource, by restyling: Restyling) throws -> [RequestedGains] {
    guard restyling.features != .waveform,
      !restyling.views.contains(where: { $0.state == .levelsFromOutside })
    else { return [] }
    let computers = try restyling.views.map { try GainComputer($0, of: restyling) }
    var rows = restyling.views.map { _ in [[Float]]() }
    var failure: (any Error)?
    _ = try learner(for: restyling).measure(
      source,
      observe: { view, _, levels in
        guard let index = restyling.views.firstIndex(where: { $0.view == view }), failure == nil else {
          return
        }
        do {
          rows[index].append(Array(try computers[index].requestedGains(levels, frameCount: 1)))
        } catch {
          failure = error
        }
      })
    if let failure { throw failure }
    let geometry = STFTGeometry(sampleRate: source.sampleRate)
    return zip(restyling.views, rows).map { view, gains in
      RequestedGains(
        view: view.view.name, frequencies: restyling.frequencies,
        frameDistance: Double(geometry.hopLength) / source.sampleRate, gains: gains)
    }
  }
}
