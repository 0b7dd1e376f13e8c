import AudioRestyle
import SoundFiles

extension Batch {
  /// Finds out whether a clip's result is there, and how one may be written.
  ///
  /// - Parameter programme: What the clip is planned with.
  /// - Returns: Whether there is something to do.
  func begin(_ index: Int, programme: String?) throws -> Bool {
    guard let book else { return true }
    let clip = clips[index]
    let origin = try book.origin(of: clip, job, programme: programme)
    let state = try book.state(of: clip.clip.output, origin)
    switch state {
    case .done: return false
    case .missing, .outdated: break
    // What the program did not make is replaced where that is asked for.
    case .foreign: try OutputFile.check(path: clip.clip.output, overwrites: job.output.overwrites)
    }
    var output = clip.output
    output.overwrites = output.overwrites || state == .outdated
    output.willAppear = book.observer(
      of: clip.clip.output, contentPath: clip.clip.content, origin, replaces: state != .missing)
    outputs.with { $0[index] = output }
    return true
  }

  /// Whether another program has made a result meanwhile, which is that of this clip.
  func isThere(_ index: Int, programme: String?, after error: any Error) -> Bool {
    guard let book, (error as? SoundFileError)?.kind == .cannotCreate else { return false }
    let state = try? book.state(
      of: clips[index].clip.output, book.origin(of: clips[index], job, programme: programme))
    return state == .done
  }

  /// What clips are planned with, where records are kept.
  func programme(of members: [Int]) throws -> String? {
    try book?.programme(of: members.map { clips[$0] })
  }
}
