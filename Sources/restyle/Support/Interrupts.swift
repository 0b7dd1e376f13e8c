import Foundation
import SoundFiles

/// How the program answers signals.
enum Interrupts {
  /// Makes interrupting signals remove all temporary files and end the program with status 130.
  ///
  /// A program that was started from a worker thread inherits that thread's blocked signals, and could not be
  /// interrupted at all; they are let through. Signals that are ignored, as under `nohup`, stay so.
  static func install() {
    TemporaryFiles.removeOnInterrupt()
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
