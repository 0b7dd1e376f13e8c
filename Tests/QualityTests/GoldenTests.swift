import AudioRestyle
import Foundation
import Tensors
import Testing

/// Results of restyling against stored figures: what changes the sound has to change the figures, too.
///
/// `Scripts/golden` writes the figures anew; the commit that holds them says why.
@Suite struct GoldenTests {
  private static func figures(_ run: GoldenRun, _ result: Material) throws -> Figures {
    let mode = run.options.stereo
    return try Figures(
      result, content: run.content(), modes: mode == .linked ? [.linked] : [.linked, mode])
  }

  @Test(.disabled(if: GoldenFile.output != nil), arguments: GoldenRun.all)
  func resultsHaveTheStoredFigures(run: GoldenRun) throws {
    let golden = try #require(try GoldenFile.load().runs[run.name], "Scripts/golden was not run")
    let differences = try Self.figures(run, run.result()).differences(from: golden)
    #expect(
      differences.isEmpty,
      "\(run.name): \(differences.count) figures, at first \(differences.prefix(6).map(\.description))")
  }

  @Test(.disabled(if: GoldenFile.output != nil)) func theFileHoldsTheseRunsAlone() throws {
    #expect(try Set(GoldenFile.load().runs.keys) == Set(GoldenRun.all.map(\.name)))
    #expect(Set(GoldenRun.all.map(\.name)).count == GoldenRun.all.count)
    let options = GoldenRun.all.map(\.options)
    #expect(Set(options.map(\.method)) == Set(RestyleMethod.allCases))
    #expect(Set(options.map(\.features)) == Set(FeatureKind.allCases))
    #expect(Set(options.map(\.stereo)) == Set(StereoMode.allCases))
    #expect(Set(options.map(\.phase)) == Set(TonePhase.allCases))
    #expect(Set(options.map(\.refinements)) == [0, 1, 2])
  }

  /// The comparison notices the least change that it is there for: 1 % of strength, in the bands of every run.
  @Test(.disabled(if: GoldenFile.output != nil), arguments: GoldenRun.all)
  func onePercentOfStrengthIsNoticed(run: GoldenRun) throws {
    let golden = try #require(try GoldenFile.load().runs[run.name])
    // Less rather than more: `efdm` ends at 1.
    let differences = try Self.figures(run, run.result(strengthTimes: 0.99)).differences(from: golden)
    #expect(differences.contains { $0.isOfBand }, "\(run.name): \(differences)")
  }

  /// A result with one band 0.1 dB higher differs in that band.
  @Test(.disabled(if: GoldenFile.output != nil), arguments: [4, 12, 20, 28])
  func aTenthOfADecibelInOneBandIsNoticed(band: Int) throws {
    // A result that has sound in all of these bands.
    let run = try #require(GoldenRun.all.first { $0.options.aim == .equipment })
    let golden = try #require(try GoldenFile.load().runs[run.name])
    var options = RestyleOptions()
    options.ceiling = .off
    let restyler = Restyler(options: options)
    let result = try run.result()
    var sequence = try restyler.extractFeatures(from: result.source)
    for frame in 0..<sequence.values.shape.l { sequence.values[0, band, frame] += 0.1 }
    let changed = try restyler.restyle(result.source, towards: sequence).channels
    let differences = try Self.figures(run, Material((changed, result.rate), name: "changed"))
      .differences(from: golden)
    #expect(differences.contains { $0.name == "linked band \(band) mean" }, "\(differences)")
  }

  /// Writes the stored figures; see `Scripts/golden`.
  @Test(.enabled(if: GoldenFile.output != nil)) func writesTheFigures() throws {
    let path = try #require(GoldenFile.output)
    var runs: [String: Figures] = [:]
    for run in GoldenRun.all { runs[run.name] = try Self.figures(run, run.result()) }
    let file = GoldenFile(
      about:
        "Levels in dB of what GoldenRuns.swift makes of the clips in Samples/audio; made by Scripts/golden",
      runs: runs)
    try Data(file.text.utf8).write(to: URL(filePath: path))
  }
}
