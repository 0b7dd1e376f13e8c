import Foundation

/// Measures how near restyled clips come to what they should become.
@main struct Main {
  static func main() throws {
    guard let options = QualityOptions(Array(CommandLine.arguments.dropFirst())) else {
      fail(QualityOptions.help)
    }
    if options.printsNumbers { return print(try Variant.standard()) }
    let names = try FileManager.default.contentsOfDirectory(atPath: options.clips).sorted()
    let clips = try names.filter { $0.hasSuffix(".wav") || $0.hasSuffix(".flac") || $0.hasSuffix(".ogg") }
      .map { try Clip(path: "\(options.clips)/\($0)") }
    let pairs = ClipPair.make(
      from: clips, count: options.pairs, seconds: options.seconds, isUnlike: options.isUnlike,
      seed: options.seed)
    guard !pairs.isEmpty else {
      fail(
        "\(options.clips): expected clips of at least \(2 * SpectralDistance.shortestClip) samples, found none"
      )
    }
    if options.printsLikeness {
      for line in try PairWorker.likeness(of: pairs) { print(line) }
      return
    }
    let temporary = NSTemporaryDirectory() + "quality-" + UUID().uuidString
    let output = options.output ?? (options.measuresNaturalness ? temporary : nil)
    if let output {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    let variants: [Variant]
    do {
      variants = try options.variants.map(Variant.read) ?? []
    } catch let error as VariantError {
      fail(error.description)
    }
    let treatments =
      options.treatments + options.treatments.flatMap { treatment in variants.compactMap(treatment.with) }
    var report = try PairWorker(pairs: pairs, treatments: treatments, output: output).run()
    if let output, options.measuresNaturalness {
      report.naturalness = try Naturalness.means(
        of: treatments, pairCount: pairs.count, in: output)
    }
    if options.printsEach {
      print(try report.eachPair())
    } else {
      print(try options.json ? report.json() : "\(pairs.count) pairs\n\n\(report.table)")
    }
  }

  private static func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(64)
  }
}
