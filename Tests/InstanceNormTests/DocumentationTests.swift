import InstanceNorm
import Tensors
import TestSupport
import Testing

/// The code of the articles in `InstanceNorm.docc`, word for word, and a check that it is.
@Suite struct DocumentationTests {
  private let batch = randomTensor(TensorShape(2, 2, 5), mean: 3, std: 2, seed: 1, as: Float.self)

  @Test func overview() throws {
    var norm = InstanceNorm1d<Float>(2, affine: true)
    norm.weight = [2, 0.5]
    norm.bias = [0, 1]
    let input = try Tensor3<Float>([[[1, 2, 3], [10, 20, 60]]])
    let output = try norm(input)
    #expect(output[0, 0, 1] == 0)
  }

  @Test func trainingAndEvaluating() throws {
    let outputGradient = randomTensor(TensorShape(2, 2, 5), seed: 2, as: Float.self)

    var norm = InstanceNorm1d<Float>(2, affine: true, trackRunningStats: true)
    let trained = try norm.trainingStep(batch)
    let evaluated = try norm(batch)
    #expect(trained != evaluated && norm.numBatchesTracked == 1)

    let gradient = try norm.gradient(at: batch, outputGradient: outputGradient, mode: .training)
    let step = gradient.parameters
    norm.weight = zip(norm.weight ?? [], step.weight ?? []).map { $0 - 0.1 * $1 }
    norm.bias = zip(norm.bias ?? [], step.bias ?? []).map { $0 - 0.1 * $1 }
    let sum = outputGradient.row(0, 1).reduce(0, +) + outputGradient.row(1, 1).reduce(0, +)
    #expect(abs((norm.bias ?? [])[1] + 0.1 * sum) <= 1e-6)

    let state = norm.stateDictionary
    var restored = InstanceNorm1d<Float>(norm.configuration)
    try restored.loadStateDictionary(state)
    #expect(restored == norm)
  }

  @Test func swappingWeightAndBias() throws {
    let outputGradient = randomTensor(TensorShape(2, 2, 5), seed: 2, as: Float.self)

    let norm = InstanceNorm1d<Float>(2)
    let modulated = try norm(batch, weight: [1.5, 0.5, 2, 1], bias: [0, 3, -1, 0.25])
    #expect(abs(modulated.row(1, 0).reduce(0, +) / 5 + 1) <= 1e-6)

    let row = ChannelMoments(count: 5, mean: 3, sumOfSquares: 20)
    let swap = AffineSwap(
      weight: [2, 2], bias: [10, 10], statistics: [row, row], strength: 0.5, skippedChannels: [1])
    let partly = try norm(batch, swapping: swap)
    let gradients = try norm.gradient(at: batch, swapping: swap, outputGradient: outputGradient)
    // σ = 2: half of (x − 3) + 10, and half of x.
    #expect(abs(partly[0, 0, 1] - (batch[0, 0, 1] + 3.5)) <= 1e-5)
    #expect(partly.row(1, 1) == batch.row(1, 1) && gradients.input.row(1, 1) == outputGradient.row(1, 1))

    let other = InstanceNorm1d<Float>(2, eps: 1e-5, estimator: .unbiased, epsPlacement: .outsideRoot)
    let normalized = try other(batch)
    #expect(abs(normalized.row(0, 0).reduce(0) { $0 + $1 * $1 } - 4) <= 1e-3)

    var given = InstanceNorm1d<Float>(2)
    given.weight = [1.5, 0.5]
    given.bias = [0, 3]
    var loaded = InstanceNorm1d<Float>(given.configuration)
    try loaded.loadStateDictionary(given.stateDictionary)
    #expect(loaded == given)
  }

  @Test func fusedActivations() throws {
    let outputGradient = randomTensor(TensorShape(2, 2, 5), seed: 2, as: Float.self)
    var output = batch

    var norm = InstanceNorm1d<Float>(2)
    norm.activation = .snake(alpha: [1, 0.5])
    let activated = try norm(batch)
    let gradient = try norm.gradient(at: batch, outputGradient: outputGradient)
    let alphaGradient = gradient.parameters.alpha
    #expect(alphaGradient?.count == 2)
    var plain = norm
    plain.activation = nil
    #expect(try zip(activated.scalars, plain(batch).scalars).allSatisfy { $0 >= $1 })

    let swap = AffineSwap(weight: [2, 2], bias: [0, 1])
    try norm(batch, swapping: swap, adding: batch, into: &output)
    #expect(try output[0, 0, 0] == norm(batch, swapping: swap)[0, 0, 0] + batch[0, 0, 0])
  }

  @Test func normalizingPaddedBatches() throws {
    let norm = InstanceNorm1d<Float>(2)
    let output = try norm(batch, lengths: [5, 3])
    let cleared = try norm(batch, lengths: [5, 3], padding: .zero)
    #expect(output[1, 0, 4] == batch[1, 0, 4] && cleared[1, 0, 4] == 0 && output[1, 0, 2] == cleared[1, 0, 2])

    let mask = try PositionMask([
      [true, true, false, true, true], [true, true, true, false, false],
    ])
    let masked = try norm(batch, mask: mask)
    #expect(masked[0, 0, 2] == batch[0, 0, 2] && masked.row(1, 0) == output.row(1, 0))
  }

  @Test func normalizingStreams() throws {
    let chunks = [batch.sample(0).batched, batch.sample(1).batched]

    var stream = StreamingInstanceNorm1d(InstanceNorm1d<Float>(2))
    let parts = try chunks.map { try stream.process($0) }
    let soFar = stream.statistics[0]
    #expect(parts.count == 2 && soFar.count == 10)

    var recent = StreamingInstanceNorm1d(InstanceNorm1d<Float>(2), memory: .exponential(share: 0.01))
    for chunk in chunks { _ = try recent.process(chunk) }
    recent.reset()
    #expect(recent.statistics[0].count == 0)
  }

  @Test func theArticlesHoldTheCodeAbove() throws {
    let articles = try Articles(of: "InstanceNorm", testedBy: #filePath)
    #expect(articles.untested == [])
    #expect(articles.blockCount >= 14)
  }
}
