import AudioFeatures
import Foundation
import TestSupport
import Testing

@Suite struct ConvolverTests {
  private func noise(_ count: Int, seed: UInt64) -> [Float] {
    var noise = SplitMix64(state: seed)
    return (0..<count).map { _ in noise.sample() }
  }

  /// Runs samples through a convolver in pieces of these lengths in turn.
  private func convolved(_ samples: [Float], _ taps: [Float], chunks: [Int]) -> [Float] {
    var convolver = Convolver(taps: ContiguousArray(taps))
    var result: [Float] = []
    func take(_ span: Span<Float>) { for i in 0..<span.count { result.append(span[i]) } }
    var (start, turn) = (0, 0)
    while start < samples.count {
      let end = min(samples.count, start + chunks[turn % chunks.count])
      convolver.process(samples.span.extracting(start..<end), into: take)
      (start, turn) = (end, turn + 1)
    }
    convolver.finish(into: take)
    return result
  }

  @Test(arguments: [1, 16, 64], [0, 1, 15, 47, 48, 49, 1000])
  func isTheSumOfItsDefinition(tapCount: Int, count: Int) {
    let (x, taps) = (noise(count, seed: 1), noise(tapCount, seed: 2))
    let result = convolved(x, taps, chunks: [100])
    #expect(result.count == count)
    for n in 0..<min(count, result.count) {
      let sum = (0...min(n, tapCount - 1)).reduce(0.0) { $0 + Double(taps[$1]) * Double(x[n - $1]) }
      #expect(abs(Double(result[n]) - sum) < 2e-6 * Double(tapCount).squareRoot())
    }
  }

  @Test(arguments: [[1], [7, 300, 2], [1999]]) func chunksDoNotMatter(chunks: [Int]) {
    let (x, taps) = (noise(2000, seed: 3), noise(128, seed: 4))
    #expect(convolved(x, taps, chunks: chunks) == convolved(x, taps, chunks: [2000]))
  }

  @Test func silenceIsExactOnceTheResponseIsOver() {
    var x = noise(4000, seed: 5)
    for n in 1000..<3000 { x[n] = 0 }
    let result = convolved(x, noise(64, seed: 6), chunks: [333])
    #expect(result[1063..<3000].allSatisfy { $0 == 0 })
    #expect(result[1000..<1063].contains { $0 != 0 })
  }
}
