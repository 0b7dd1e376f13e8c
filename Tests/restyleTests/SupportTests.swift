import AdaIN
import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles
import Testing

@testable import restyle

@Suite struct SupportTests {
  @Test(arguments: [
    (SoundFileError.Kind.impossibleFormat, ProgramStatus.usage), (.badData, .data), (.cannotOpen, .noInput),
    (.cannotCreate, .cannotCreate), (.inputOutput, .inputOutput), (.unreadableResult, .inputOutput),
    (.interrupted, .interrupted),
  ])
  func soundFileErrorsHaveTheirStatus(kind: SoundFileError.Kind, status: ProgramStatus) {
    let failure = Failure(SoundFileError(kind, path: "nowhere", "text"))
    #expect(failure?.status == status && failure?.message == "text")
    #expect(
      failure?.concernsOneClip
        == [.impossibleFormat, .unreadableResult, .noRoom, .badData, .cannotOpen].contains(kind))
  }

  @Test func otherErrorsHaveTheirStatus() {
    #expect(Failure(UsageError("text")) == Failure(.usage, "text"))
    #expect(Failure(CancellationError())?.status == .interrupted)
    #expect(Failure(RestyleError.invalidOption("text"))?.status == .usage)
    #expect(Failure(RestyleError.emptyClip("a"))?.status == .data)
    #expect(Failure(RestyleError.silentStyle("a"))?.status == .data)
    #expect(Failure(RestyleError.invalidProfile("a"))?.status == .data)
    #expect(
      Failure(InterchangeError(.unreadable, source: "a", expected: "b", found: "c"))?.status == .noInput)
    #expect(Failure(InterchangeError(.truncated, source: "a", expected: "b", found: "c"))?.status == .data)
    struct Unknown: Error {}
    #expect(Failure(Unknown())?.status == .software)
  }

  @Test func theParserKeepsItsOwnErrors() {
    #expect(throws: (any Error).self) {
      do {
        _ = try RestyleCommand.parseAsRoot(["--no-such-option"])
      } catch {
        #expect(Failure(error) == nil)
        #expect(RestyleCommand.exitCode(for: error).rawValue == ProgramStatus.usage.rawValue)
        throw error
      }
    }
  }

  @Test(arguments: 0...90)
  func aProgressLineFillsItsWidth(width: Int) {
    for fraction in [-1, 0, 0.004, 0.5, 0.999, 1, 7, Double.nan] {
      let line = ProgressBar.line("a/rather/long/name/of/a/file.wav", fraction: fraction, width: width)
      #expect(line.count <= width)
      #expect(width < 14 || line.count == width)
    }
  }

  @Test func progressLines() {
    #expect(
      ProgressBar.line("x.wav", fraction: 0.5, width: 30) == "x.wav        [#####-----]  50%")
    #expect(ProgressBar.line("x.wav", fraction: 1, width: 40).hasSuffix("#] 100%"))
    #expect(ProgressBar.line("x.wav", fraction: 0, width: 40).hasSuffix("-]   0%"))
  }

  @Test(arguments: [
    (0.0, "0:00.000"), (0.0004, "under 0:00.001"), (59.9996, "1:00.000"), (61.5, "1:01.500"),
    (3661.001, "1:01:01.001"),
  ])
  func durations(seconds: Double, text: String) {
    #expect(Wording.duration(seconds) == text)
  }

  @Test func jsonHasNoInfinities() throws {
    #expect(try JSONText.encode(["a": -Double.infinity]) == "{\n  \"a\" : \"-inf\"\n}")
  }

  @Test func foldersAboveAPath() {
    #expect(SampleFolder.folders(above: "/a/b/c") == ["/a/b", "/a", "/"])
    #expect(SampleFolder.folders(above: "c") == [])
  }
}
