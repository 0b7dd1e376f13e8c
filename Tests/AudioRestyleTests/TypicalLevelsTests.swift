import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What recordings have in common: the table, and what a deviation from it tells of equipment.
@Suite struct TypicalLevelsTests {
  private let numbers = MatchNumbers.standard.equipment
  private let all = Array(MatchNumbers.standard.equipment.means.indices)

  @Test func theTableHasAValueForEachBand() {
    #expect(numbers.means.count == BandLayout.standard.count)
    #expect(numbers.spreads.count == BandLayout.standard.count)
    // Values of one decimal.
    #expect(abs(numbers.means.reduce(0, +)) < 0.05 * Double(all.count))
    #expect(numbers.spreads.allSatisfy { 3 < $0 && $0 < 12 })
  }

  @Test func typicalRecordingsShowNoEquipmentAtAnyLevel() throws {
    let curve = try #require(
      TypicalLevels.equipmentCurve(
        of: numbers.means.map { $0 - 47 }, channels: all, nyquist: 24_000))
    #expect(curve.allSatisfy { abs($0) < 1e-9 })
  }

  @Test func smallDeviationsAreTakenInPartAndLargeOnesNearlyWhole() throws {
    func curve(_ gain: Double) throws -> [Double] {
      let shape = all.map { numbers.means[$0] + ($0 < 10 ? -gain : gain) }
      return try #require(TypicalLevels.equipmentCurve(of: shape, channels: all, nyquist: 24_000))
    }
    // Far from the step and from both ends; the mean over the bands is taken off.
    let (small, large) = (try curve(3), try curve(60))
    let (index, spread) = (17, numbers.spreads[17])
    let deviation = 2 * 10.0 / Double(all.count)
    #expect(abs(small[index] - 3 * deviation * 16 / (16 + spread * spread)) < 1e-9)
    #expect(large[index] > 0.8 * 60 * deviation && large[index] < 60 * deviation)
  }

  @Test func bandsThatNyquistCutsOffFollowTheNextLowerOne() throws {
    let channels = Array(0..<25)
    // The last band reaches beyond 8 kHz, and what is left of it is far too low.
    #expect(
      BandLayout.standard.upperEdge(ofBand: 24) > 8000 && BandLayout.standard.upperEdge(ofBand: 22) <= 8000)
    var shape = channels.map { numbers.means[$0] + Double($0 % 5) }
    let whole = try #require(TypicalLevels.equipmentCurve(of: shape, channels: channels, nyquist: 8000))
    shape[24] -= 50
    #expect(TypicalLevels.equipmentCurve(of: shape, channels: channels, nyquist: 8000) == whole)
    #expect(whole[24] == whole[22])
    // Channels of other layouts are not known.
    #expect(TypicalLevels.equipmentCurve(of: [0, 0], channels: [0, 31], nyquist: 8000) == nil)
    #expect(TypicalLevels.equipmentCurve(of: [0], channels: [30], nyquist: 8000) == nil)
    #expect(TypicalLevels.equipmentCurve(of: [], channels: [], nyquist: 8000) == nil)
  }
}
