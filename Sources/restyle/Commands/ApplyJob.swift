import AudioRestyle
import Foundation
import SoundFiles

/// The work of `restyle apply`: checks everything that can be checked first, then restyles clip after clip.
struct ApplyJob {
  var clips: [PlannedClip]
  var target: Target
  var options: RestyleOptions
  var output: OutputOptions
  /// How many threads work on a clip; `nil` is one for each processor.
  var threads: Int?
  var isQuiet: Bool

  /// What the clips are to become.
  enum Target: Hashable, Sendable {
    /// Like styles.
    case styles([StyleArgument])
    /// What the levels of a feature file say.
    case features(String)

    /// The files that are read beside the contents.
    var paths: [String] {
      switch self {
      case .styles(let styles): styles.map(\.path)
      case .features(let path): [path]
      }
    }
  }

  private var input: SoundInput { SoundInput(isStrict: output.isStrict, isQuiet: isQuiet) }

  /// A clip that has passed the checks.
  private struct PreparedClip {
    var clip: PlannedClip
    var output: OutputOptions
  }

  /// Restyles all clips.
  ///
  /// A content that cannot be read does not keep the others from being restyled.
  ///
  /// - Throws: What concerns all clips: usage, styles, and outputs that cannot be created.
  func run() throws -> ApplyReport {
    var result = ApplyReport(options: options)
    var prepared: [PreparedClip] = []
    for clip in clips {
      do {
        prepared.append(try prepare(clip))
      } catch {
        guard let failure = Failure(error), failure.concernsOneClip else { throw error }
        result.failures.append(ApplyReport.FailedClip(clip, failure))
      }
    }
    guard !prepared.isEmpty else { return result }
    var weighted: [WeightedStyle] = []
    switch target {
    case .styles(let styles): weighted = try learn(styles, &result)
    case .features(let path): result.featuresIn = path
    }
    for (index, item) in prepared.enumerated() {
      let name = item.clip.content == Paths.standardStream ? "standard input" : item.clip.content
      let bar = ProgressBar(
        prepared.count == 1 ? name : "\(index + 1)/\(prepared.count) \(name)", isWanted: !isQuiet)
      do {
        let done = try render(item, towards: weighted, bar)
        bar.clear()
        result.clips.append(done)
        if !isQuiet { done.print() }
      } catch {
        bar.clear()
        guard let failure = Failure(error), failure.concernsOneClip else { throw error }
        result.failures.append(ApplyReport.FailedClip(item.clip, failure))
      }
    }
    return result
  }

  /// Opens a content and checks that its result can be written.
  private func prepare(_ clip: PlannedClip) throws -> PreparedClip {
    if clip.isInFolder { try createFolder(of: clip.output) }
    if clip.output != Paths.standardStream {
      try OutputFile.check(path: clip.output, overwrites: output.overwrites)
    }
    // Standard input can be opened once only.
    guard clip.content != Paths.standardStream else { return PreparedClip(clip: clip, output: output) }
    let info = try input.open(clip.content).info
    let (options, format) = try output.fitted(to: clip, like: info.format)
    try format.check(
      sampleRate: info.sampleRate, channelCount: info.channelCount, frameCount: info.frameCount,
      path: clip.output)
    return PreparedClip(clip: clip, output: options)
  }

  private func createFolder(of path: String) throws(Failure) {
    let folder = Paths.folder(path)
    guard !folder.isEmpty, !Paths.exists(folder) else { return }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotCreate, "cannot create the folder '\(folder)': \(error.localizedDescription)")
    }
  }

  private func learn(_ styles: [StyleArgument], _ result: inout ApplyReport) throws -> [WeightedStyle] {
    let learner = Restyler(options: options, threads: threads).learner
    return try styles.map { style in
      let profile = try input.profile(style.path, learner, label: "style \(style.path)").profile
      result.styles.append(
        ApplyReport.Style(path: style.path, weight: style.weight, loudness: profile.loudness))
      return WeightedStyle(profile, weight: style.weight, name: style.path)
    }
  }

  private func render(
    _ item: PreparedClip, towards styles: [WeightedStyle], _ bar: ProgressBar
  ) throws -> ApplyReport.Clip {
    let start = ContinuousClock.now
    let restyler = FileRestyler(options: options, output: item.output, threads: threads)
    let progress: FileRestyler.Progress = { stage, share in
      bar.update(stage.position(of: share, refinements: options.refinements))
    }
    let (content, output) = (item.clip.content, item.clip.output)
    let report =
      switch target {
      case .styles: try restyler.restyle(content, towards: styles, to: output, progress: progress)
      case .features(let path):
        try restyler.restyle(content, towardsFeatures: path, to: output, progress: progress)
      }
    return ApplyReport.Clip(
      content: item.clip.content, output: item.clip.output,
      seconds: (ContinuousClock.now - start) / .seconds(1), result: report)
  }
}

extension RestyleStage {
  /// How much of the whole work is done when a share of this stage is.
  ///
  /// Measuring counts as one part, every rendering as two, writing as one.
  func position(of share: Double, refinements: Int) -> Double {
    let total = Double(1 + 2 * refinements + 2 + 1)
    return switch self {
    case .measuring: share / total
    case .refining(let round): (1 + 2 * (Double(round - 1) + share)) / total
    case .rendering: (1 + 2 * (Double(refinements) + share)) / total
    case .writing: (total - 1 + share) / total
    }
  }
}
