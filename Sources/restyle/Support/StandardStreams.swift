import Foundation
import SoundFiles

/// The set-up of standard input, output and error, and of the limits of files.
enum StandardStreams {
  /// Opens the descriptors 0 to 2 where they are closed, so that no other file gets these numbers.
  ///
  /// The opened descriptors refuse reading (0) or writing (1 and 2), as closed ones do.
  static func reserve() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] {
      guard fcntl(descriptor, F_GETFD) < 0, errno == EBADF else { continue }
      // The lowest free number is this one.
      guard unsafe open("/dev/null", mode) == descriptor else { _exit(ProgramStatus.inputOutput.rawValue) }
    }
  }

  /// Throws where more than one argument is standard input, which can be read only once.
  static func checkInput(_ arguments: [String]) throws(UsageError) {
    guard arguments.count(where: { $0 == Paths.standardStream }) <= 1 else {
      throw UsageError("standard input (-) can be read once only")
    }
  }

  /// Turns the signals of a closed pipe and of a file size limit into errors of writing, instead of ending the program.
  static func survivePipesAndLimits() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// The number of open files that the program and its libraries need.
  private static let fewestFiles = 16

  /// Raises the limit of open files as far as the system allows.
  ///
  /// - Throws: ``Failure`` where the limit is too low: the system's libraries would end the program.
  static func allowOpenFiles() throws(Failure) {
    var limit = rlimit()
    guard unsafe getrlimit(openFiles, &limit) == 0,
      limit.rlim_cur < limit.rlim_max || limit.rlim_cur < fewestFiles
    else {
      return
    }
    // Some systems refuse larger limits, although they state them.
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

/// The checks of the command line before it is parsed.
enum RawArguments {
  /// Checks the arguments as the system passes them.
  ///
  /// - Throws: ``UsageError`` where an output's name is not UTF-8, since the result would get another name, where the
  ///   name of an existing file begins with a single dash, since it would be read as options, and where an option ends
  ///   in `=`, since the next argument would be read as its value.
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
      if text.hasPrefix("-"), text.firstIndex(of: "=") == text.indices.last {
        throw UsageError("\(text): expected a value after '=', found nothing")
      }
      option = outputs.first { $0 == text }
    }
  }

  /// Throws where help is asked for on a command that does not exist.
  static func checkHelp(_ arguments: [[UInt8]], commands: [String]) throws(UsageError) {
    let texts = arguments.map { String(decoding: $0, as: UTF8.self) }
    guard texts.first == "help", let topic = texts.dropFirst().first(where: { !$0.hasPrefix("-") }),
      !commands.contains(topic)
    else { return }
    throw UsageError("help: expected one of the commands \(commands.joined(separator: ", ")), found \(topic)")
  }

  /// Throws where the first argument is no file, but nearly a command: it would be read as a content.
  static func checkCommand(
    _ arguments: [[UInt8]], commands: [String], exists: (String) -> Bool
  ) throws(UsageError) {
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    guard let word = words.first, !word.hasPrefix("-"), !word.contains("."), !word.contains("/"),
      !commands.contains(word), !exists(word),
      let command = commands.first(where: { distance(word, $0) <= 2 && distance(word, $0) < word.count / 2 })
    else { return }
    throw UsageError("\(word): no such file or command; did you mean '\(command)'?")
  }

  /// The number of letters to insert, remove or replace between two words (Levenshtein).
  private static func distance(_ first: String, _ second: String) -> Int {
    let letters = Array(second)
    var row = Array(0...letters.count)
    for (index, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in letters.indices {
        let replaced = diagonal + (letters[column] == letter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[letters.count]
  }

  /// The arguments of this process, without the program's name.
  static var ofProcess: [[UInt8]] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { return nil }
      return unsafe Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
    }
  }
}

/// The handling of signals.
enum Interrupts {
  /// Makes interrupting signals remove all temporary files and end the program with status 130.
  ///
  /// The signals are unblocked: a program that is started from a worker thread inherits that thread's blocked signals,
  /// and could not be interrupted. Signals that are ignored, as under `nohup`, stay ignored.
  static func install() {
    TemporaryFiles.removeOnInterrupt()
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}

/// The settings of the memory allocator.
enum Memory {
  /// Lets glibc's allocator keep freed memory for the next clip, and share one heap between threads.
  ///
  /// By default it returns the buffers of every clip to the system and asks for them again, which takes an eighth of
  /// the time for clips of one second. By default it also keeps a heap for each thread: a song on two threads then takes
  /// 70 MB instead of 56 MB. Other allocators are left as they are.
  static func keepForReuse() {
    // `mallopt` is missing in Swift's module of the C library. −1 is M_TRIM_THRESHOLD, −3 M_MMAP_THRESHOLD and −8
    // M_ARENA_MAX.
    guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
    typealias SetParameter = @convention(c) (Int32, Int32) -> Int32
    let setParameter = unsafe unsafeBitCast(symbol, to: SetParameter.self)
    // 32 MB is the largest M_MMAP_THRESHOLD of glibc.
    for (parameter, value) in [(-1, 64 << 20), (-3, 32 << 20), (-8, 1)] as [(Int32, Int32)] {
      _ = setParameter(parameter, value)
    }
  }
}
