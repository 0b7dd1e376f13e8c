import Dispatch
import Foundation

/// Starts threads, for all work but the layer's rows.
package enum Threads {
  /// The size of a thread's stack in bytes.
  ///
  /// It is the main thread's: libraries may need it, although analysis keeps its buffers on the heap.
  private static let stackSize = 8 << 20

  /// The work of a thread, as the system's call takes it.
  private final class Work {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts work on a thread of its own, which ends with the work.
  ///
  /// Such threads are for whole clips, which may wait for disks and for each other.
  ///
  /// - Returns: Whether the thread was created. The system refuses it where a limit on processes or on memory is
  ///   reached; the caller then has to do the work itself.
  package static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    defer { unsafe attributes.deallocate() }
    guard unsafe pthread_attr_init(attributes) == 0 else { return false }
    defer { unsafe pthread_attr_destroy(attributes) }
    guard unsafe pthread_attr_setstacksize(attributes, stackSize) == 0,
      unsafe pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED)) == 0
    else { return false }
    #if canImport(Darwin)
    var thread: pthread_t?
    unsafe pthread_attr_set_qos_class_np(attributes, QOS_CLASS_USER_INITIATED, 0)
    #else
    var thread = pthread_t()
    #endif
    // SAFETY: the new thread takes over the one reference to the work. Without a thread it is given back here.
    let context = unsafe Unmanaged.passRetained(Work(work))
    let status = unsafe pthread_create(
      &thread, attributes,
      { context in
        unsafe Threads.begin(context)
        return nil
      }, context.toOpaque())
    if status != 0 { unsafe context.release() }
    return status == 0
  }

  private static func begin(_ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
  }
}

/// The threads that help with steps of milliseconds; they wait for the next step, and end when none comes.
///
/// The thread that runs a step never depends on them: a part that no thread has begun when the caller is done with its
/// own is called off. So a step also ends where the system has no thread left.
final class StepThreads: Sendable {
  /// A part of a step for a helping thread.
  private struct Part {
    /// The group of the step, which every part that has not ended is in.
    var step: DispatchGroup
    var work: @Sendable () -> Void
  }

  private struct State {
    /// The parts that are offered and not begun.
    var offered: [Part] = []
    /// The number of threads.
    var count = 0
    /// The number of threads that have no part.
    var idle = 0
  }

  /// The threads of all teams.
  static let shared = StepThreads()

  /// The time in seconds after which a thread without a part ends.
  private static let patience = 5.0

  /// The largest number of threads, which is one for each processor beside the caller.
  private let limit = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
  private let state = Guarded(State())
  /// Counts the offers, at least one for each offered part.
  private let offers = DispatchSemaphore(value: 0)

  /// Calls a closure with 0 on the calling thread, and with further numbers below `count` on others as far as there
  /// are threads and time; returns when all calls have ended.
  func run(_ count: Int, _ work: @escaping @Sendable (_ thread: Int) -> Void) {
    let step = DispatchGroup()
    for thread in 1..<max(1, count) {
      step.enter()
      guard offer(Part(step: step) { work(thread) }) else {
        step.leave()
        break
      }
    }
    work(0)
    let calledOff = state.with { state in
      let count = state.offered.count
      state.offered.removeAll { $0.step === step }
      return count - state.offered.count
    }
    for _ in 0..<calledOff { step.leave() }
    step.wait()
  }

  /// Offers a part to a thread that waits, or else to a new one.
  ///
  /// - Returns: Whether there is such a thread.
  private func offer(_ part: Part) -> Bool {
    let (hasThread, mayStart) = state.with { state in
      let hasThread = state.idle > state.offered.count
      let mayStart = !hasThread && state.count < limit
      if hasThread { state.offered.append(part) }
      if mayStart { state.count += 1 }
      return (hasThread, mayStart)
    }
    if !hasThread {
      guard mayStart else { return false }
      guard Threads.start({ self.help() }) else {
        state.with { $0.count -= 1 }
        return false
      }
      state.with { $0.offered.append(part) }
    }
    offers.signal()
    return true
  }

  /// The life of a thread: one offered part after the other.
  private func help() {
    while true {
      state.with { $0.idle += 1 }
      let isInTime = offers.wait(timeout: .now() + Self.patience) == .success
      var (part, isOver): (Part?, Bool) = state.with { state in
        // Threads that wait are as many as offered parts: this one may be needed.
        let isOver = !isInTime && state.idle > state.offered.count
        state.idle -= 1
        if isOver { state.count -= 1 }
        return (isOver || state.offered.isEmpty ? nil : state.offered.removeFirst(), isOver)
      }
      if isOver { return }
      part?.work()
      let step = part?.step
      // What the work refers to is the caller's alone again when the step ends.
      part = nil
      step?.leave()
    }
  }
}
