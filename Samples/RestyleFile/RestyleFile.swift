import AudioRestyle
import Foundation

/// Restyles a sound file from code: `RestyleFile [CONTENT STYLE OUTPUT]`.
///
/// Without arguments it gives the sample voice the sound of the old radio, in a folder for temporary files.
@main
enum RestyleFile {
  static func main() throws {
    var paths = Array(CommandLine.arguments.dropFirst())
    if paths.isEmpty {
      let output = FileManager.default.temporaryDirectory.appending(path: "voice.restyled.flac")
      paths = [
        "Samples/audio/voice.flac", "Samples/audio/old-radio.flac", output.path(percentEncoded: false),
      ]
    }
    guard paths.count == 3 else {
      FileHandle.standardError.write(Data("usage: RestyleFile [CONTENT STYLE OUTPUT]\n".utf8))
      exit(64)
    }

    // A profile is what is learned from the style: it can be saved, merged with others, and used again.
    let style = try StyleProfile(learningFrom: paths[1])

    var restyler = FileRestyler()
    restyler.options.strength = 0.9
    restyler.options.loudness = .keep
    restyler.output.overwrites = true
    let report = try restyler.restyle(paths[0], towards: [WeightedStyle(style)], to: paths[2])

    // What was done, measured: per band, in dB at equal loudness.
    for view in report.views {
      for channel in view.channels where channel.isShared {
        let tone = channel.requestedMean - channel.contentMean
        print("\(view.view), \(Int(channel.frequency.rounded())) Hz: \(rounded(tone)) dB")
      }
    }
    print("loudness: \(text(report.contentLoudness)) LUFS before, \(text(report.loudness)) LUFS after")
    for warning in report.warnings { print("warning: \(warning)") }
    print("written: \(paths[2])")
  }

  private static func text(_ level: Double?) -> String {
    level.map { "\(rounded($0))" } ?? "none"
  }

  private static func rounded(_ x: Double) -> Double {
    (x * 10).rounded() / 10 + 0
  }
}
