import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What pictures show of a recording.
@Suite struct LongTermLevelTests {
  /// A long-term spectrum has the third octaves below half the sample rate, and a sine's level in its own.
  @Test func longTermLevelsAreThoseOfTheSound() throws {
    let count = 16_000 * 4
    let sine = (0..<count).map { Float(0.1 * sin(2 * .pi * 1000 * Double($0) / 16_000)) }
    let profile = try ProfileLearner().learn(TestClips.source([sine], rate: 16_000))
    let levels = try #require(profile.longTermLevels())
    #expect(levels.frequencies == ThirdOctaves.frequencies.filter { $0 < 8000 })
    let loudest = try #require(levels.sound.indices.max { levels.sound[$0] < levels.sound[$1] })
    #expect(levels.frequencies[loudest] == 1000)
    // −23 dBFS of mean power at its own level, moved to −23 LUFS in steps of 0.5 dB: mono counts as two channels.
    #expect(abs(levels.sound[loudest] - (-23 - 3.01)) < 0.6)
    var bare = profile
    bare.longTermSpectra = [:]
    #expect(bare.longTermLevels() == nil)
  }
}
