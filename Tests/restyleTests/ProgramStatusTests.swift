import Foundation
import SoundFiles
import Testing

/// Every exit status of the contract, from the real program.
@Suite struct ProgramStatusTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav")
    try space.makeClip("style.wav", gain: 0.1, brightness: 0.1, seed: 2)
  }

  @Test func doneIsZero() throws {
    let run = try space.run("talk.wav", "--style", "style.wav")
    #expect(run.status == 0)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("talk.restyled.wav: ") && run.errors.contains("LUFS"))
    #expect(!run.errors.contains("\r") && !run.errors.contains("%"), "no progress bar outside a terminal")
    #expect(try space.names == ["style.wav", "talk.restyled.wav", "talk.wav"])
  }

  @Test(arguments: [
    ["talk.wav"], ["--style", "style.wav"], ["talk.wav", "--style", "style.wav", "--frobnicate"],
    ["talk.wav", "--style", "style.wav", "--strength", "11"], ["talk.wav", "--style", "style.wav=-1"],
    ["talk.wav", "--style", "style.wav", "--method", "mean", "--dynamics", "2"],
    ["talk.wav", "--style", "style.wav", "--method", "efdm", "--strength", "1.5"],
    ["talk.wav", "--style", "style.wav", "--method", "transport", "--features", "spectrum"],
    ["talk.wav", "--style", "style.wav=1e308", "--style", "./style.wav=1e308", "-o", "out.wav"],
    ["talk.wav", "--style", "style.wav=0"], ["talk.wav", "style.wav", "--style", "style.wav"],
    [".", "--style", "style.wav"], ["talk.wav", "--style", "style.wav", "--grid"],
    ["talk.wav", "--style", "style.wav=2", "--grid", "-o", "out/"],
    ["talk.wav", "--style", "style.wav", "--jobs", "0"],
    ["talk.wav", "--style", "style.wav", "--list", "/dev/null"],
    ["talk.wav", "--features-in", "x.npy", "--together"],
    ["-", "--list", "-", "--style", "style.wav", "-o", "out/"],
    ["-", "--style", "style.wav", "--together", "-o", "out.wav"],
    ["talk.wav", "--style", "style.wav", "--tone-shared"],
    ["talk.wav", "--style", "style.wav", "--relations", "mapped"],
    ["talk.wav", "./talk.wav", "--style", "style.wav", "-o", "out/"],
    ["talk.wav", "--style", "style.wav", "-o", "talk.wav", "--force"],
    ["talk.wav", "--style", "style.wav", "-o", "style.wav", "--force"],
    ["talk.wav", "--style", "style.wav", "-o", "talk.doc"], ["-", "--style", "style.wav"],
    ["-", "--style", "-", "-o", "out.wav"], ["talk.wav", "--style", "style.wav", "--json", "-o", "-"],
    ["talk.wav", "--style", "style.wav", "--format", "opus", "--encoding", "pcm16"],
    ["talk.wav", "--style", "style.wav", "--quiet", "--verbose"],
    ["learn"], ["learn", "talk.wav"], ["inspect"], ["inspect", "talk.wav", "--style", "style.wav"],
  ])
  func usageIs64(arguments: [String]) throws {
    let process = try space.start(arguments)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(try space.bytes(".stdout").isEmpty)
    #expect(try !space.bytes(".stderr").isEmpty)
    #expect(try space.names == ["style.wav", "talk.wav"], "nothing is written before usage is checked")
  }

  @Test func impossibleFormatsAre64AndNameAlternatives() throws {
    try space.makeClip("fast.wav", sampleRate: 44_100)
    let run = try space.run("fast.wav", "--style", "style.wav", "-o", "fast.opus")
    #expect(run.status == 64)
    #expect(run.errors.contains("44.1 kHz") && run.errors.contains("48 kHz"))
    #expect(!space.exists("fast.opus"))
  }

  @Test func whatIsNoSoundIs65() throws {
    try Data("Dear Sir or Madam,\n".utf8).write(to: space.url("letter.wav"))
    try Data().write(to: space.url("empty.wav"))
    try space.write([[0, 0, 0, 0]], "silent.wav")
    try space.write([[]], "none.wav")
    for content in ["letter.wav", "empty.wav", "none.wav"] {
      #expect(try space.run(content, "--style", "style.wav").status == 65, "\(content)")
    }
    for style in ["letter.wav", "empty.wav", "silent.wav", "none.wav"] {
      #expect(try space.run("talk.wav", "--style", style).status == 65, "\(style)")
      #expect(!space.exists("talk.restyled.wav"))
    }
    #expect(try space.run("inspect", "letter.wav").status == 65)
    #expect(try space.run("learn", "letter.wav", "-o", "p.safetensors").status == 65)
    #expect(!space.exists("p.safetensors"))
  }

  @Test func truncationIsAWarningOr65() throws {
    try space.bytes("talk.wav").dropLast(3001).write(to: space.url("cut.wav"))
    let run = try space.run("cut.wav", "--style", "style.wav")
    #expect(run.status == 0)
    #expect(run.errors.contains("Warning: cut.wav: "))
    #expect(try space.info("cut.restyled.wav").frameCount == space.info("cut.wav").frameCount)
    let strict = try space.run("cut.wav", "--style", "style.wav", "--strict", "-o", "strict.wav")
    #expect(strict.status == 65)
    #expect(!space.exists("strict.wav"))
    #expect(try space.run("talk.wav", "--style", "cut.wav", "--strict").status == 65)
    #expect(try space.run("inspect", "--strict", "cut.wav").status == 65)
  }

  @Test func whatCannotBeOpenedIs66() throws {
    let run = try space.run("missing.wav", "--style", "style.wav")
    #expect(run.status == 66)
    #expect(run.errors.contains("missing.wav") && run.errors.contains("no such file"))
    #expect(try space.run("talk.wav", "--style", "missing.wav").status == 66)
    #expect(try space.run("talk.wav", "--style", "style.wav", "--list", "missing.txt").status == 66)
    #expect(try space.run("inspect", "missing.safetensors").status == 66)
    #expect(try space.run("demo", "--samples", "missing").status == 66)
  }

  @Test func whatCannotBeCreatedIs73() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "nowhere/out.wav").status == 73)
    try Data("mine".utf8).write(to: space.url("taken.wav"))
    let run = try space.run("talk.wav", "--style", "style.wav", "-o", "taken.wav")
    #expect(run.status == 73)
    #expect(run.errors.contains("--force"))
    #expect(try space.bytes("taken.wav") == Data("mine".utf8))
    #expect(try space.run("learn", "talk.wav", "-o", "taken.wav").status == 73)
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "taken.wav", "--force").status == 0)
    #expect(try space.info("taken.wav").frameCount == 4000)
  }

  #if os(Linux)
  /// A device that takes nothing stands for a full disk.
  @Test func whatCannotBeWrittenIs74() throws {
    let before = try space.names
    let run = try space.run("talk.wav", "--style", "style.wav", "-o", "/dev/full", "--format", "wav")
    #expect(run.status == 74)
    #expect(run.errors.contains("/dev/full"))
    #expect(try space.names == before)
    let process = try space.start(["inspect", "talk.wav"], standardOutput: "/dev/full")
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 74)
  }
  #endif

  @Test func anInterruptIs130AndLeavesNothing() throws {
    try space.makeClip("long.wav", seconds: 10, channelCount: 2, sampleRate: 48_000)
    // It cannot end before it is interrupted: nobody reads what it writes but the first bytes.
    #expect(unsafe mkfifo(space.url("pipe").path, 0o600) == 0)
    let descriptor = unsafe open(space.url("pipe").path, O_RDONLY | O_NONBLOCK)
    defer { close(descriptor) }
    let before = try space.names
    // A program started in the background of a shell inherits that interrupts are ignored, and keeps to it.
    signal(SIGINT, SIG_DFL)
    let process = try space.start(
      ["long.wav", "--style", "style.wav", "-o", "-", "--format", "wav"],
      standardOutput: space.url("pipe").path)
    var byte: UInt8 = 0
    while process.isRunning, unsafe read(descriptor, &byte, 1) < 1 { Thread.sleep(forTimeInterval: 0.01) }
    #expect(process.isRunning)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 130)
    #expect(try space.names == before)
  }
}
