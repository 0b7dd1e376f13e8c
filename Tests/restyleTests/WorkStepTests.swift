import AudioRestyle
import Foundation
import SoundFiles
import Testing

@testable import restyle

/// What the progress bar shows is honest: it rises, without jumps, to its end.
@Suite struct WorkStepTests {
  private let space: Workspace

  /// How far a step of a piece of work is; without a step, the piece is over.
  private typealias Move = (piece: Int, step: WorkStep?, share: Double)

  init() throws {
    space = try Workspace()
  }

  /// The shares shown while stages of clips come in one after the other.
  private func shares(_ pieces: [PieceOfWork], _ moves: [Move])
    -> [Double]
  {
    var pieces = pieces
    var ledger = WorkLedger(left: pieces.reduce(0) { $0 + $1.cost })
    var shares = moves.map { move in
      ledger.take(
        move.step.map { pieces[move.piece].move(to: $0, move.share) } ?? pieces[move.piece].finish())
      return ledger.share
    }
    for index in pieces.indices { ledger.take(pieces[index].finish()) }
    shares.append(ledger.share)
    return shares
  }

  private func expectRise(_ shares: [Double], largestStep: Double, _ comment: Comment? = nil) {
    let steps = zip(shares, shares.dropFirst()).map { $1 - $0 }
    #expect(steps.allSatisfy { $0 >= 0 }, comment)
    #expect((steps.max() ?? 1) <= largestStep, comment)
    #expect(shares.allSatisfy { (0...1).contains($0) }, comment)
  }

  /// The stages that restyling a clip really goes through.
  private func recorded(
    _ options: RestyleOptions, seconds: Double = 30, loudness: LoudnessTarget = .style
  ) throws -> [Move] {
    try space.makeClip("content.wav", seconds: seconds, sampleRate: 16_000, gain: 0.3, seed: 3)
    try space.makeClip("style.wav", seconds: 6, sampleRate: 16_000, gain: 0.2, brightness: 0.1, seed: 4)
    var options = options
    options.loudness = loudness
    let style = try Restyler(options: options).learner.learn(
      SoundFileReader(path: space.url("style.wav").path))
    var output = OutputOptions()
    output.overwrites = true
    var moves: [Move] = []
    _ = try FileRestyler(options: options, output: output).restyle(
      space.url("content.wav").path, towards: [WeightedStyle(style)], to: space.url("out.wav").path
    ) { stage, share in
      let place = WorkStep.at(stage, share)
      moves.append((0, place.step, place.share))
    }
    return moves
  }

  @Test(arguments: RestyleMethod.allCases, [0, 1, 3])
  func aClipsStagesRaiseTheShareToItsEnd(method: RestyleMethod, refinements: Int) throws {
    var options = RestyleOptions()
    options.method = method
    options.refinements = refinements
    let moves = try recorded(options)
    let piece = WorkCosts(options: options, isTogether: false).clip(duration: 30)
    let shares = shares([piece], moves)
    expectRise(shares, largestStep: 0.35, "\(method), \(refinements)")
    #expect(abs((shares.last ?? 0) - 1) < 1e-9)
    // Every stage is known.
    var known = piece
    for move in moves {
      let cost = try known.move(to: #require(move.step), move.share)
      #expect(cost.done >= 0 && cost.dropped >= 0)
    }
  }

  /// The limiter's trials are no silent stretch.
  @Test func trialsOfTheLastGainAreTold() throws {
    var options = RestyleOptions()
    options.method = .mean
    let moves = try recorded(options, loudness: .lufs(-8))
    let trials = moves.filter { if case .finishing = $0.step { true } else { false } }
    #expect(trials.count > 2 && trials.map(\.share).max() ?? 0 > 0.5)
    #expect(trials.first?.step == .finishing(1))
    let shares = shares([WorkCosts(options: options, isTogether: false).clip(duration: 30)], moves)
    expectRise(shares, largestStep: 0.35)
  }

  /// 400 clips of any length, in any order, some of which fail or are copied.
  @Test func manyClipsRaiseTheShareSlowly() throws {
    let moves = try recorded(RestyleOptions(), seconds: 6)
    let costs = WorkCosts(options: RestyleOptions(), isTogether: false)
    let pieces = (0..<400).map { costs.clip(duration: 1 + Double($0 % 7)) }
    var all: [Move] = []
    for first in stride(from: 0, to: 400, by: 4) {
      // Four at a time; of every fifth only the first stages come.
      for move in moves {
        for piece in first..<first + 4 where piece % 5 != 0 || move.step == .measuring {
          all.append((piece, move.step, move.share))
        }
      }
      for piece in first..<first + 4 { all.append((piece, nil, 1)) }
    }
    let shares = shares(pieces, all)
    expectRise(Array(shares.dropLast()), largestStep: 0.02)
    #expect(abs((shares.last ?? 0) - 1) < 1e-9)
    // After the half of the clips, about half is shown; short clips skip steps that longer ones have, so it is less.
    #expect((0.3...0.6).contains(shares[shares.count / 2]))
  }

  @Test func stepsThatAreSkippedMakeTheRestFaster() {
    var piece = PieceOfWork([
      (.measuring, 2), (.refining(1, isSecondHalf: false), 4), (.rendering, 2), (.writing, 2),
    ])
    var ledger = WorkLedger(left: piece.cost)
    ledger.take(piece.move(to: .measuring, 0.5))
    #expect(ledger.share == 0.1 && ledger.left == 9 && ledger.done == 1)
    // The rest of measuring is done; the trial is not needed.
    ledger.take(piece.move(to: .rendering, 0))
    #expect(abs(ledger.share - 0.28) < 1e-12 && ledger.left == 4 && ledger.done == 2)
    ledger.take(piece.move(to: .measuring, 1))
    ledger.take(piece.move(to: .rendering, 1))
    #expect(abs(ledger.share - 0.64) < 1e-12 && ledger.left == 2)
    ledger.take(piece.move(to: .finishing(1), 0.5))
    #expect(ledger.left == 2, "a step that is not expected changes nothing")
    ledger.take(piece.move(to: .writing, 1))
    ledger.take(piece.finish())
    #expect(abs(ledger.share - 1) < 1e-12 && ledger.left == 0 && ledger.done == 6)
  }

  @Test func togetherEveryClipIsRehearsed() {
    var options = RestyleOptions()
    let piece = WorkCosts(options: options, isTogether: true).clip(duration: 10)
    var moves: [Move] = []
    for step in [
      WorkStep.measuring, .refining(1, isSecondHalf: false), .refining(1, isSecondHalf: true), .rehearsing,
      .rendering, .finishing(1), .writing,
    ] {
      for part in 0...20 { moves.append((0, step, Double(part) / 20)) }
    }
    let shares = shares([piece], moves)
    expectRise(shares, largestStep: 0.05)
    #expect(abs((shares.last ?? 0) - 1) < 1e-9)
    options.strength = 0
    #expect(WorkCosts(options: options, isTogether: false).clip(duration: 10).cost < piece.cost / 5)
  }
}
