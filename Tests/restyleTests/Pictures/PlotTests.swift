import Foundation
import Plots
import Testing

@testable import restyle

@Suite struct PlotTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("a.wav", seconds: 3, channelCount: 2)
    try space.makeClip("b.wav", seconds: 3, gain: 0.1, brightness: 0.1, seed: 2)
  }

  @Test func everyKindIsDrawn() throws {
    let made = try space.run(
      "a.wav", "--style", "b.wav", "--method", "match", "--save-change", "c.json", "-o", "r.wav")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try space.run("learn", "b.wav", "-o", "b.safetensors").status == 0)
    for (kind, files) in [
      ("spectrogram", ["a.wav"]), ("spectra", ["a.wav", "b.safetensors", "r.wav"]),
      ("compare", ["a.wav", "r.wav"]),
      ("profile", ["b.safetensors"]), ("tone", ["c.json"]),
    ] {
      for format in ["svg", "png"] {
        let run = try space.run(["plot", kind] + files + ["-o", "\(kind).\(format)"])
        #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty, "\(kind): \(run.errors)")
      }
      let svg = String(decoding: try space.bytes("\(kind).svg"), as: UTF8.self)
      #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && svg.contains("Frequency (Hz)"))
      let png = [UInt8](try space.bytes("\(kind).png"))
      #expect(png.prefix(8) == [137, 80, 78, 71, 13, 10, 26, 10] && png.count > 4000)
      #expect(png[16..<20].reduce(0) { $0 << 8 | Int($1) } == 1520, "two pixels a unit")
    }
    #expect(try String(decoding: space.bytes("spectrogram.svg"), as: UTF8.self).contains("Time (s)"))
  }

  /// What has no picture is an error that says so, before anything is written.
  @Test func whatCannotBeDrawn() throws {
    let made = try space.run(
      "a.wav", "--style", "b.wav", "--method", "mean", "--save-change", "c.json", "-o", "r.wav")
    #expect(made.status == 0)
    let before = try space.names
    for (arguments, status, text) in [
      (["spectrogram", "a.wav", "-o", "x.jpg"], Int32(64), ".svg or .png"),
      (["spectrogram", "a.wav", "b.wav", "-o", "x.svg"], 64, "expected 1 file, found 2"),
      (["compare", "a.wav", "-o", "x.svg"], 64, "expected 2 files, found 1"),
      (["spectra", "a.wav", "--label", "x", "--label", "y", "-o", "x.svg"], 64, "one for each of 1 files"),
      (["spectra", "none.wav", "-o", "x.svg"], 66, "none.wav"),
      (["levels", "c.json", "-o", "x.svg"], 65, "no map of levels"),
      (["tone", "a.wav", "-o", "x.svg"], 65, "a.wav"),
      (["tone", "c.json", "-o", "c.json"], 64, ".svg or .png"),
      (["spectra", "a.wav", "--width", "10", "-o", "x.svg"], 64, "200 to 2000"),
    ] {
      let run = try space.run(["plot"] + arguments)
      #expect(run.status == status && run.errors.contains(text), "\(arguments): \(run.status) \(run.errors)")
    }
    #expect(try space.names == before)
    #expect(try space.run("plot", "tone", "c.json", "-o", "t.svg").status == 0)
    let again = try space.run("plot", "tone", "c.json", "-o", "t.svg")
    #expect(again.status == 73 && again.errors.contains("--force"))
    #expect(try space.run("plot", "tone", "c.json", "-o", "t.svg", "--force", "--theme", "dark").status == 0)
    let dark = String(decoding: try space.bytes("t.svg"), as: UTF8.self)
    #expect(dark.contains(Ink.paper.color(in: .dark).hex))
  }
}
