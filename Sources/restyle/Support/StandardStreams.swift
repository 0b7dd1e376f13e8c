import Foundation
import SoundFiles

/// Standard input, output and error as the program finds and keeps them.
enum StandardStreams {
  /// Takes the numbers 0 to 2 where they are closed, so that no other file gets them.
  ///
  /// What is opened in their place refuses reading (0) or writing (1 and 2), as closed descriptors do.
  static func reserve() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] {
      guard fcntl(descriptor, F_GETFD) < 0, errno == EBADF else { continue }
      // The lowest free number is this one.
      guard unsafe open("/dev/null", mode) == descriptor else { _exit(ProgramStatus.inputOutput.rawValue) }
    }
  }

  /// Lets writing fail, in place of ending the program, where nobody reads a stream and where a file becomes too long.
  static func survivePipesAndLimits() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// The fewest files that the program and its libraries need to be allowed to open.
  private static let fewestFiles = 16

  /// Takes as many open files as the system allows.
  ///
  /// - Throws: ``Failure`` where these are too few: the system's libraries would end the program.
  static func allowOpenFiles() throws(Failure) {
    var limit = rlimit()
    guard unsafe getrlimit(openFiles, &limit) == 0,
      limit.rlim_cur < limit.rlim_max || limit.rlim_cur < fewestFiles
    else {
      return
    }
    // Beyond this some systems refuse what they state.
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 10_240))
    unsafe setrlimit(openFiles, &limit)
    guard limit.rlim_cur >= fewestFiles else {
      throw Failure(
        .inputOutput,
        "Too many open files: at least \(fewestFiles) are needed, and the limit is \(limit.rlim_cur) (ulimit -n)"
      )
    }
  }

  #if canImport(Glibc)
  private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
  private static let openFiles = RLIMIT_NOFILE
  #endif
}

/// What the command line is checked for before it is parsed.
enum RawArguments {
  /// Checks the arguments as the system passes them.
  ///
  /// - Throws: ``UsageError`` where an output's name is not UTF-8, as another name would be written, and where the name of a
  ///   file would be read as a bundle of options.
  static func check(_ arguments: [[UInt8]], exists: (String) -> Bool) throws(UsageError) {
    let outputs = ["-o", "--output", "--report", "--save-change"]
    var option: String?
    for bytes in arguments {
      let text = String(decoding: bytes, as: UTF8.self)
      let isOutput = option != nil
      let named = option ?? outputs.first { text.hasPrefix($0 == "-o" ? $0 : $0 + "=") }
      if let named, Array(text.utf8) != bytes {
        throw UsageError("\(named): expected a name in UTF-8, found '\(text)'")
      }
      if text == "--" { return }
      if !isOutput, text.hasPrefix("-"), !text.hasPrefix("--"), text.utf8.count > 2, exists(text) {
        throw UsageError("'\(text)' begins with a dash, as options do; write './\(text)'")
      }
      option = outputs.first { $0 == text }
    }
  }

  /// The arguments of this process, without the program's name.
  static var ofProcess: [[UInt8]] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { return nil }
      return unsafe Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
    }
  }
}

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

/// How the program keeps memory.
enum Memory {
  /// Lets glibc's allocator keep what one clip has freed for the next one, and share it between threads.
  ///
  /// By default it gives the buffers of every clip back to the system and asks for them again, which takes an eighth of
  /// the time of clips of a second. It also keeps a heap for each thread: a song on two threads then takes 70 MB instead
  /// of 56 MB. Other systems' allocators are left as they are.
  static func keepForReuse() {
    // mallopt, which Swift's module of the C library leaves out, and its M_TRIM_THRESHOLD,
    // M_MMAP_THRESHOLD and M_ARENA_MAX.
    guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
    typealias SetParameter = @convention(c) (Int32, Int32) -> Int32
    let setParameter = unsafe unsafeBitCast(symbol, to: SetParameter.self)
    // 32 MB is the most that glibc takes for the second.
    for (parameter, value) in [(-1, 64 << 20), (-3, 32 << 20), (-8, 1)] as [(Int32, Int32)] {
      _ = setParameter(parameter, value)
    }
  }
}
