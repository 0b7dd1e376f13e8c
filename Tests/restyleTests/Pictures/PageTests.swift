import AudioRestyle
import Foundation
import Testing

@testable import restyle

/// Pages of `--report`; `Scripts/check-report` opens them in a browser.
@Suite struct PageTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("a.wav", seconds: 4, channelCount: 2)
    try space.makeClip("style.wav", seconds: 3, gain: 0.1, brightness: 0.1, seed: 2)
  }

  private func page(_ name: String) throws -> String {
    String(decoding: try space.bytes(name), as: UTF8.self)
  }

  /// The JSON of an element.
  private func data(_ page: String, _ id: String) throws -> [String: Any] {
    let start = try #require(page.range(of: "<script type=\"application/json\" id=\"\(id)\">"))
    let rest = page[start.upperBound...]
    let text = rest[..<(try #require(rest.range(of: "</script>"))).lowerBound]
    return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func aPageHoldsAll() throws {
    let run = try space.run("a.wav", "--style", "style.wav", "-o", "r.wav", "--report", "r.html")
    #expect(
      run.status == 0 && run.errors.contains("r.html: a page with players and pictures"), "\(run.errors)")
    let page = try page("r.html")
    for text in [
      "default-src 'none'", "Loudness and peaks", "Long-term spectra", "Gain over time", "Levels in and out",
      "id=\"player-1\"", "--max-gain-up", "prefers-color-scheme:dark",
    ] { #expect(page.contains(text), "\(text)") }
    // Nothing is fetched: addresses are names of formats, and data.
    let addresses = page.components(separatedBy: "http").dropFirst().map { String($0.prefix(30)) }
    #expect(addresses.allSatisfy { $0.hasPrefix("://www.w3.org/2000/svg") || $0.hasPrefix("-equiv=") })
    let numbers = try data(page, "clip-1-data")
    #expect((numbers["restyling"] as? [String: Any])?["views"] != nil)
    #expect(
      (numbers["measured"] as? [[String: Any]])?.map { $0["role"] as? String } == [
        "content", "result", "style",
      ])
    #expect((numbers["gainOverTime"] as? [[Double]])?.count ?? 0 > 30)
    #expect(
      (try data(page, "report-data")["clips"] as? [Any])?.isEmpty == true, "its numbers are in its section")
    #expect(page.components(separatedBy: "<script type=\"text/plain\" id=\"sound-").count == 4)
    // A second run needs --force for either file, before any work.
    let again = try space.run("a.wav", "--style", "style.wav", "-o", "new.wav", "--report", "r.html")
    #expect(again.status == 73 && !space.exists("new.wav"))
  }

  /// A page, or a change, can stand in the folder that is made for the results.
  @Test func aPageCanStandBesideTheResults() throws {
    let run = try space.run(
      "a.wav", "--style", "style.wav", "-o", "new/", "--report", "new/r.html", "--save-change", "new/c.json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(["a.wav", "r.html", "c.json"].allSatisfy { space.exists("new/" + $0) })
    let other = try space.run("a.wav", "--style", "style.wav", "-o", "b/", "--report", "elsewhere/r.html")
    #expect(other.status == 73 && !space.exists("b"))
  }

  /// What cannot be written at the end hides nothing, and all of it is told.
  @Test func whatFailsAtTheEndIsToldBesideTheRest() throws {
    // The name is that of the folder that is made for the results.
    let alone = try space.run("a.wav", "--style", "style.wav", "-o", "two/", "--json", "--save-change", "two")
    #expect(alone.status == 73 && alone.errors.contains("two"), "\(alone.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: alone.output) as? [String: Any])
    #expect((report["clips"] as? [Any])?.count == 1 && space.exists("two/a.wav"))
    // A clip that fails, and a page that does.
    try Data("no sound".utf8).write(to: space.url("c.wav"))
    let both = try space.run("a.wav", "c.wav", "--style", "style.wav", "-o", "four/", "--report", "four")
    #expect(
      both.status == 65 && both.errors.contains("c.wav") && both.errors.contains("cannot create ‘four’"),
      "\(both.errors)")
  }

  /// Silence, and a single sample, have pages and pictures that say what there is.
  @Test func clipsOfNothingAndOfOneSample() throws {
    try space.write([[Float](repeating: 0, count: 8000)], "silent.wav")
    try space.write([[0.2]], "one.wav")
    let silent = try space.run("silent.wav", "--style", "style.wav", "-o", "s.wav", "--report", "s.html")
    #expect(silent.status == 0 && silent.errors.contains("s.wav: silent\n"), "\(silent.errors)")
    let page = try page("s.html")
    #expect(page.contains("no loudness, as there is no sound") && !page.contains("– LUFS"))
    #expect(try space.run("one.wav", "--style", "style.wav", "-o", "o.wav", "--report", "o.html").status == 0)
    #expect(try self.page("o.html").contains("Time (ms)"))
    for kind in ["spectra", "profile"] {
      let run = try space.run("plot", kind, "silent.wav", "-o", "\(kind).svg")
      #expect(
        run.status == 65 && run.errors.contains("found silence") && !run.errors.contains("in this profile"))
    }
    #expect(try space.run("plot", "spectrogram", "silent.wav", "-o", "silent.png").status == 0)
  }

  /// The page says how near the result came, as `compare` does.
  @Test func aPageSaysHowNearItCame() throws {
    #expect(try space.run("a.wav", "--style", "style.wav", "-o", "r.wav", "--report", "r.html").status == 0)
    func distance(_ name: String) throws -> String {
      let run = try space.run("compare", name, "style.wav")
      return String(try #require(run.text.firstMatch(of: /spectrum: (\d+\.\d) dB apart/)).1)
    }
    let (before, after) = (try distance("a.wav"), try distance("r.wav"))
    #expect(
      try page("r.html").contains(
        "its spectrum \(before) dB from the style&#39;s before, and \(after) dB after"))
  }

  /// Names stay text in HTML, SVG and data.
  @Test func namesStayText() throws {
    let name = "<script>alert(1)<!--\"'&.wav"
    try FileManager.default.copyItem(at: space.url("a.wav"), to: space.url(name))
    let run = try space.run(
      name, "--style", "style.wav", "-o", "r.wav", "--report", "r.html", "--report-audio", "0")
    #expect(run.status == 0, "\(run.errors)")
    let page = try page("r.html")
    #expect(!page.contains("<script>alert") && !page.contains("<!--"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;!--&quot;&#39;&amp;.wav"))
    #expect(((try data(page, "clip-1-data")["clip"] as? [String: Any])?["content"] as? String) == name)
    #expect(!page.contains("sound-1") && !page.contains("class=\"player\""), "no sound was asked for")
  }

  @Test func severalClipsHaveAnIndex() throws {
    try space.makeClip("b.wav", seconds: 2, seed: 5)
    try Data("no sound".utf8).write(to: space.url("c.wav"))
    let run = try space.run(
      "a.wav", "b.wav", "c.wav", "--style", "style.wav", "-o", "out/", "--report", "all.html", "--quiet")
    #expect(run.status == 65)
    let page = try page("all.html")
    #expect(page.contains("<a href=\"#clip-1\">a.wav</a>") && page.contains("<a href=\"#clip-2\">b.wav</a>"))
    #expect(page.contains("c.wav: not restyled") && page.contains("id=\"styles-title\""))
    // The style's sound is there once, for both players: 2 contents, 2 results, 1 style.
    #expect(page.components(separatedBy: "<script type=\"text/plain\" id=\"sound-").count == 6)
    #expect((try data(page, "report-data")["failures"] as? [Any])?.count == 1)
  }

  /// Copies, silence and clips of a few samples have pages, too.
  @Test func oddClipsHavePages() throws {
    try space.write([[Float](repeating: 0, count: 4000)], "silence.wav")
    try space.write([[0.5]], "one.wav")
    for (clip, more) in [
      ("silence.wav", []), ("one.wav", []), ("a.wav", ["--strength", "0"]),
      ("a.wav", ["--features", "waveform"]),
      ("a.wav", ["--stereo", "mid-side", "--method", "adain"]),
    ] {
      let run = try space.run(
        [clip, "--style", "style.wav", "-o", "r.wav", "--report", "r.html", "--force"] + more)
      #expect(run.status == 0, "\(clip) \(more): \(run.errors)")
      #expect(try page("r.html").hasSuffix("</html>\n"), "\(clip) \(more)")
    }
  }

  /// FLAC, in which a page holds its sound, is not written at every rate that is read.
  @Test func soundsOfOtherRatesAreLeftOutWithANote() throws {
    try space.makeClip("fast.wav", seconds: 8, sampleRate: 96_000, gain: 0.1, brightness: 0.1, seed: 3)
    var bytes = try space.bytes("fast.wav")
    // 384,000 Hz, 768,000 bytes a second.
    bytes.replaceSubrange(24..<32, with: [0, 0xDC, 5, 0, 0, 0xB8, 0xB, 0])
    try bytes.write(to: space.url("fast.wav"))
    #expect(try space.info("fast.wav").sampleRate == 384_000)
    let run = try space.run(
      "a.wav", "--style", "fast.wav", "--style", "style.wav", "-o", "r.wav", "--report", "r.html")
    #expect(run.status == 0, "\(run.errors)")
    let page = try page("r.html")
    // Content, result and the other style.
    #expect(page.components(separatedBy: "<script type=\"text/plain\" id=\"sound-").count == 4)
    #expect(page.contains("class=\"player\""))
    #expect(page.contains("Not to be heard here") && page.contains(": fast.wav (384000 Hz)."))
  }

  @Test func whatHasNoPage() throws {
    for (arguments, text) in [
      (["-", "--style", "style.wav", "-o", "r.wav", "--report", "r.html"], "read again"),
      (["a.wav", "--style", "style.wav", "-o", "r.wav", "--report", "-"], "standard output"),
      (["a.wav", "--style", "style.wav", "-o", "r.wav", "--report", "r.wav"], "would replace"),
      (
        ["a.wav", "--style", "style.wav", "-o", "r.wav", "--report-audio", "5"], "expected --report beside it"
      ),
      (
        ["a.wav", "--style", "style.wav", "-o", "r.wav", "--report", "r.html", "--report-audio", "-1"],
        "0 to 3600"
      ),
    ] {
      let run = try space.run(arguments)
      #expect(run.status == 64 && run.errors.contains(text), "\(arguments): \(run.errors)")
      #expect(!space.exists("r.wav") && !space.exists("r.html"))
    }
  }
}
