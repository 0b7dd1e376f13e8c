import AudioFeatures
import AudioRestyle

/// One progress bar for all styles and clips of a job, which several threads update.
final class BatchProgress: Sendable {
  private struct State {
    var bar: ProgressBar
    var pieces: [PieceOfWork]
    var ledger: WorkLedger
    var finishedCount = 0
  }

  private let state: Guarded<State>
  private let styleCount: Int
  private let mix: Int
  private let clipCount: Int
  private let name: String

  /// Creates a bar.
  ///
  /// - Parameters:
  ///   - styles: The work on each style.
  ///   - clips: The work on each clip.
  ///   - mix: The work on the mix that the clips are stems of; `nil` for none.
  ///   - name: The name of a single clip.
  ///   - isWanted: Whether to show the bar.
  init(
    styles: [PieceOfWork], clips: [PieceOfWork], mix: PieceOfWork? = nil, name: String, isWanted: Bool
  ) {
    (styleCount, clipCount, self.name) = (styles.count, clips.count, name)
    self.mix = styles.count + clips.count
    let pieces = styles + clips + (mix.map { [$0] } ?? [])
    state = Guarded(
      State(
        bar: ProgressBar(name, isWanted: isWanted), pieces: pieces,
        ledger: WorkLedger(left: pieces.reduce(0) { $0 + $1.cost })))
  }

  /// Notes the finished share of a stage of a clip, 0 to 1.
  ///
  /// - Parameter isRehearsal: Whether the rendering is not that of the result.
  func update(_ clip: Int, _ stage: RestyleStage, _ share: Double, isRehearsal: Bool = false) {
    let place = WorkStep.at(stage, share, isRehearsal: isRehearsal)
    move(styleCount + clip, to: place.step, place.share)
  }

  /// Notes the finished share of a stage of the mix, 0 to 1.
  func update(mix stage: RestyleStage, _ share: Double) {
    let place = WorkStep.at(stage, share)
    move(mix, to: place.step, place.share)
  }

  /// Notes that the mix is finished.
  func finishMix() { finishPiece(mix) }

  /// Notes the measured share of a style, 0 to 1.
  func update(style: Int, _ share: Double) { move(style, to: .learning, share) }

  /// Notes that a clip is finished, with or without success.
  func finish(_ clip: Int) {
    state.with { state in
      state.finishedCount += 1
      state.ledger.take(state.pieces[styleCount + clip].finish())
      show(&state)
    }
  }

  /// Notes that a style is finished, with or without success.
  func finish(style: Int) { finishPiece(style) }

  private func finishPiece(_ piece: Int) {
    state.with { state in
      state.ledger.take(state.pieces[piece].finish())
      show(&state)
    }
  }

  private func move(_ piece: Int, to step: WorkStep, _ share: Double) {
    state.with { state in
      state.ledger.take(state.pieces[piece].move(to: step, share))
      show(&state)
    }
  }

  private func show(_ state: inout State) {
    let label = clipCount == 1 ? name : "\(state.finishedCount)/\(clipCount) clips"
    state.bar.update(state.ledger, label: label)
  }

  /// Removes the bar and prints something.
  func print(_ body: () -> Void) {
    state.with { state in
      state.bar.clear()
      body()
    }
  }

  /// Removes the bar.
  func clear() { print {} }
}
