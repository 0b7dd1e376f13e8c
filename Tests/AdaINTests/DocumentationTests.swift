import AdaIN
import Foundation
import TestSupport
import Testing

/// The code of the articles in `AdaIN.docc`, word for word, and a check that it is.
@Suite struct DocumentationTests {
  private let chunks: [Tensor3<Float>]
  private let content: Tensor3<Float>
  private let style: Tensor3<Float>

  init() throws {
    chunks = try [1, 2, 3].map { try Tensor3<Float>.random(TensorShape(1, 2, 200), seed: $0) }
    content = try Tensor3<Float>.random(TensorShape(1, 2, 100), seed: 4)
    style = try Tensor3<Float>.random(TensorShape(1, 2, 150), seed: 5)
  }

  @Test func givingContentAStyle() throws {
    let content = try Tensor3<Float>([[[1, 2, 3, 4, 5], [0, 0, 1, 1, 3]]])
    let style = try Tensor3<Float>([[[6, 8, 10, 12, 14], [-1, -1, 0, 1, 1]]])
    var layer = AdaptiveInstanceNorm1d<Float>(2)
    let restyled = try layer(content, style: style)
    #expect(Array(restyled.row(0, 0)) == [6, 8, 10, 12, 14])

    layer.strength = 0.5
    let halfway = try layer(content, style: style)
    #expect(Array(halfway.row(0, 0)) == [3.5, 5, 6.5, 8, 9.5])

    let moments = try StyleStatistics(style).moments()
    var output = Tensor3<Float>(shape: content.shape)
    try layer(content, style: moments, into: &output)
    #expect(output == halfway)

    layer.convention = .originalTorch
    let asInThePaper = try layer(content, style: style)
    #expect(asInThePaper[0, 0, 2] == 6.5 && asInThePaper[0, 0, 0] != 3.5)
  }

  @Test func conventions() throws {
    var layer = AdaptiveInstanceNorm1d<Float>(2, convention: .pytorchAdaIN)
    let asThere = try layer(content, style: style)
    layer.convention = .styleGAN
    let learned = try StyleMoments(gamma: [0.1, -0.2], beta: [3, 4])
    let modulated = try layer(content, style: learned)
    #expect(asThere != modulated)
    #expect(abs(Reference.mean(modulated.doubles(0, 1)) - 4) <= 1e-6)
    #expect(abs(Reference.deviation(modulated.doubles(0, 1)) - 0.8) <= 1e-6)

    layer.convention = AdaINConvention(
      content: DeviationRule(.biased, eps: 1e-6),
      style: DeviationRule(.unbiased, eps: 1e-3, placement: .outsideRoot))
    let another = try layer(content, style: style)
    let deviation = Reference.deviation(style.doubles(0, 0), .unbiased) + 1e-3
    #expect(abs(Reference.deviation(another.doubles(0, 0)) / deviation - 1) <= 2e-6)
  }

  @Test func paddedBatches() throws {
    let batch = try Tensor3<Float>.random(TensorShape(2, 2, 100), seed: 6)
    let outputGradient = try Tensor3<Float>.random(TensorShape(2, 2, 100), seed: 7)
    let perSample = try StyleMoments(
      mean: [1, 2, 3, 4], standardDeviation: [5, 6, 7, 8], batchSize: 2)

    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let padded = try layer(batch, style: perSample, lengths: [100, 60], padding: .zero)
    #expect(padded.row(1, 0).suffix(40).allSatisfy { $0 == 0 })

    let mask = try PositionMask(lengths: [100, 60], length: 100)
    let measured = try StyleStatistics(batch, mask: mask)
    let swapped = try layer(batch, style: measured, mask: mask)
    let gradient = try layer.gradient(
      at: batch, style: perSample, mask: mask, padding: .zero, outputGradient: outputGradient)
    #expect(gradient.content[1, 1, 80] == 0 && gradient.style.mean.count == 4)
    for (ours, theirs) in zip(swapped.scalars, batch.scalars) { #expect(abs(ours - theirs) <= 1e-5) }
  }

  @Test func portingNetworks() throws {
    let stored = try AdaIN1d<Float>(
      weight: (0..<12).map { Float($0 % 5) * 0.1 }, bias: [0.1, 0.2, 0.3, 0.4])
    var file = SafetensorsFile()
    file.store(stored, prefix: "decoder.decode.0.norm1.")
    let (x, s, alpha) = (content, [0.5, 1, -1] as [Float], [1, 0.5])
    let outputGradient = try Tensor3<Float>.random(TensorShape(1, 2, 100), seed: 7)

    var layer = try file.adaIN1d(prefix: "decoder.decode.0.norm1.", as: Float.self)
    let y = try layer(x, style: s)
    #expect(layer == stored && y.shape == x.shape)

    layer.activation = .snake(alpha: alpha)
    let mask = try PositionMask(lengths: [60], length: 100)
    let padded = try layer(x, style: s, mask: mask, padding: .zero)
    #expect(padded[0, 0, 80] == 0 && padded[0, 0, 10] != 0)

    let gradient = try layer.gradient(at: x, style: s, outputGradient: outputGradient)
    try layer.update(
      weight: zip(layer.weight, gradient.weight).map { $0 - 0.01 * Float($1) },
      bias: zip(layer.bias, gradient.bias).map { $0 - 0.01 * Float($1) })
    #expect(layer.weight != stored.weight)
  }

  @Test func learningFromStreams() throws {
    let anotherClip = style

    var learned = StyleStatistics(numFeatures: 2)
    for chunk in chunks { try learned.accumulate(chunk) }
    let clips = try learned.merged(with: StyleStatistics(anotherClip, pooling: .shared))
    #expect(clips.count == [750, 750])

    let measured = learned
    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let target = try clips.moments()
    let restyled = try chunks.map { try layer($0, style: target, contentStatistics: measured) }
    let values = restyled.flatMap { $0.doubles(0, 1) }
    #expect(abs(Reference.mean(values) - clips.mean[1]) <= 1e-5)

    var recent = StyleStatistics(numFeatures: 2)
    for chunk in chunks {
      recent.decay(elapsed: 0.5, halfLife: 10)
      try recent.accumulate(chunk)
    }
    #expect(recent.count[0] > 560 && recent.count[0] < 600)
  }

  @Test func blendingStyles() throws {
    let (bright, dark) = (StyleStatistics(chunks[0]), StyleStatistics(style))

    let blend = try StyleStatistics.interpolated([bright, dark], weights: [3, 1])
    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let blended = try layer(content, style: blend)
    #expect(
      abs(Reference.mean(blended.doubles(0, 0)) - (0.75 * bright.mean[0] + 0.25 * dark.mean[0])) <= 1e-5)

    let distance = try bright.moments().distance(to: dark.moments())
    let everyChannel = distance.wasserstein
    let overall = distance.frechet
    #expect(abs(overall * overall - everyChannel.reduce(0) { $0 + $1 * $1 }) <= 1e-12)
  }

  @Test func stylingRegions() throws {
    let (bright, dark) = (StyleStatistics(chunks[0]), StyleStatistics(style))

    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let first = StyleRegion(spans: [0..<40], length: 100, fade: 8, style: try bright.moments())
    let second = StyleRegion(
      spans: [40..<100], length: 100, fade: 8, style: try dark.moments(), strength: 0.5)
    let parted = try layer(content, regions: [first, second])
    #expect(parted.shape == content.shape && parted != content)

    let mask = (0..<100).map { Double($0) / 99 }
    let everywhere = Array(repeating: 1.0, count: 100)
    let rising = try StyleRegion(mask: mask, measured: everywhere, style: bright.moments())
    let shaded = try layer(content, regions: [rising])
    #expect(shaded[0, 0, 0] == content[0, 0, 0])
    #expect(try shaded[0, 0, 99] == layer(content, style: bright)[0, 0, 99])
  }

  @Test func choosingChannelsAndPairs() throws {
    let (bright, dark) = (StyleStatistics(chunks[0]), StyleStatistics(style))

    let partial = AdaptiveInstanceNorm1d<Float>(2, preservedChannels: [1])
    let kept = try partial(content, style: dark)
    #expect(kept.row(0, 1) == content.row(0, 1))

    let mixed = try StyleMoments(mean: bright.mean, standardDeviation: dark.standardDeviation())
    let combined = try partial(content, style: mixed)
    #expect(abs(Reference.mean(combined.doubles(0, 0)) - bright.mean[0]) <= 1e-5)
    #expect(abs(Reference.deviation(combined.doubles(0, 0)) - dark.standardDeviation()[0]) <= 1e-5)

    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let grid = try layer.grid([content, kept], styles: [bright, dark])
    let secondContentFirstStyle = grid[1][0]
    #expect(try secondContentFirstStyle == layer(kept, style: bright))
  }

  @Test func trainingThroughAdaIN() throws {
    let target = try StyleMoments(mean: [3, -1], standardDeviation: [2, 0.5])

    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let wanted = try layer(content, style: target)
    var learned = try StyleMoments(mean: [0, 0], standardDeviation: [1, 1])
    for _ in 0..<60 {
      let output = try layer(content, style: learned)
      let difference = try Tensor3(
        shape: output.shape, scalars: zip(output.scalars, wanted.scalars).map { ($0 - $1) / 100 })
      let gradient = try layer.gradient(at: content, style: learned, outputGradient: difference).style
      learned = try StyleMoments(
        mean: zip(learned.mean, gradient.mean).map { $0 - 0.5 * $1 },
        standardDeviation: zip(learned.standardDeviation, gradient.standardDeviation).map { $0 - 0.5 * $1 })
    }
    for c in 0..<2 {
      #expect(abs(learned.mean[c] - target.mean[c]) <= 1e-5)
      #expect(abs(learned.standardDeviation[c] - target.standardDeviation[c]) <= 1e-5)
    }
  }

  @Test func beyondMeanAndSpread() throws {
    let transfer = TransferKind.gaussian.transfer
    let restyled = try transfer(content, style: style, strength: 0.8)
    #expect(restyled.shape == content.shape)

    let quantiles = QuantileTransfer(capacity: 4096)
    var measured = quantiles.makeStatistics(numFeatures: 2)
    var target = quantiles.makeStatistics(numFeatures: 2)
    for chunk in chunks { try measured.accumulate(chunk) }
    try target.accumulate(style)
    let map = try quantiles.map(from: measured, to: target)
    let mapped = try chunks.map { try map($0) }
    let bounds = map.rankErrorBounds
    #expect(bounds == [0, 0] && mapped.count == 3)

    let exact = try ExactDistributionMatching()(content, style: style)
    #expect(exact.scalars.max() ?? 0 <= style.scalars.max() ?? 0)
  }

  @Test func exchangingWithPython() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("doc-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (url, npy) = (folder.appendingPathComponent("x.safetensors"), folder.appendingPathComponent("x.npy"))
    let features = content

    var file = SafetensorsFile()
    file.metadata["sample_rate"] = "48000"
    file["features"] = StoredArray(features)
    file["weight"] = try StoredArray([1, 2, 3, 4] as [Float], shape: [2, 2])
    file.store(StyleStatistics(features), prefix: "style.")
    try file.write(to: url)

    let read = try SafetensorsFile(contentsOf: url)
    let again = try read.tensor("features", as: Float.self)
    let statistics = try read.statistics(prefix: "style.")
    #expect(again == features && statistics == StyleStatistics(features) && read == file)

    try StoredArray(features).write(npy: npy)
    let array = try StoredArray(npy: npy).tensor(as: Float.self)
    var archive = NpzFile()
    archive["features"] = StoredArray(features)
    let bytes = try archive.encoded()
    #expect(try array == features && NpzFile(bytes: bytes) == archive)
  }

  @Test func theArticlesHoldTheCodeAbove() throws {
    let articles = try Articles(of: "AdaIN", testedBy: #filePath)
    #expect(articles.untested == [])
    #expect(articles.blockCount >= 27)
  }
}
