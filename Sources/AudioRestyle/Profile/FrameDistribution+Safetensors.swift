import AdaIN

/// Distributions in profile files.
extension FrameDistribution {
  /// The keys behind the view's name; the first one stands for all.
  static let keys = [
    "histogram", "histogram_first", "frame_count", "frame_sum", "frame_product_high", "frame_product_low",
  ]

  /// The most channels whose distributions are read; a product for each pair of them must fit into memory.
  private static let mostChannels = 256
  /// The highest number of a bin, in either direction: 1000 dB.
  private static let highestBin = 20_000

  /// Stores a distribution.
  func write(_ view: StereoView, to file: inout SafetensorsFile) throws {
    let bins = histograms.channels.flatMap { $0.bins.keys }
    let (first, last) = (bins.min() ?? 0, bins.max() ?? 0)
    let counts = histograms.channels.flatMap { channel in (first...last).map { channel.bins[$0, default: 0] }
    }
    let shape = [histograms.numFeatures, last - first + 1]
    let state = covariance.state
    let narrow = counts.compactMap { UInt32(exactly: $0) }
    file["\(view.name)/histogram"] =
      try narrow.count == counts.count
      ? StoredArray(integers: narrow, shape: shape) : StoredArray(integers: counts, shape: shape)
    file["\(view.name)/histogram_first"] = try StoredArray(integers: [first])
    file["\(view.name)/frame_count"] = try StoredArray(integers: [state.count])
    file["\(view.name)/frame_sum"] = try StoredArray(integers: state.sums)
    file["\(view.name)/frame_product_high"] = try StoredArray(integers: state.productsHigh)
    file["\(view.name)/frame_product_low"] = try StoredArray(integers: state.productsLow)
  }

  /// Reads a distribution.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where no frames of levels have it.
  init(_ file: SafetensorsFile, _ view: StereoView, channelCount: Int, name: String) throws {
    func invalid(_ text: String) -> RestyleError { .invalidProfile("\(name): \(view.name): \(text)") }
    let array = try file.array("\(view.name)/histogram")
    let first: [Int] = try file.integers("\(view.name)/histogram_first")
    let count: [Int64] = try file.integers("\(view.name)/frame_count")
    guard channelCount <= Self.mostChannels, array.shape.count == 2, array.shape[0] == channelCount,
      first.count == 1, count.count == 1, (-Self.highestBin...Self.highestBin).contains(first[0]),
      first[0] + array.shape[1] <= Self.highestBin
    else {
      throw invalid("expected histograms of \(channelCount) channels within ±1000 dB, found \(array.shape)")
    }
    let counts: [Int] = try file.integers("\(view.name)/histogram")
    let width = array.shape[1]
    do {
      covariance = try LevelCovariance(
        LevelCovariance.State(
          count: count[0], sums: try file.integers("\(view.name)/frame_sum"),
          productsHigh: try file.integers("\(view.name)/frame_product_high"),
          productsLow: try file.integers("\(view.name)/frame_product_low")))
    } catch let error as ShapeError {
      throw invalid("\(error); the file is damaged")
    }
    guard covariance.numFeatures == channelCount else {
      throw invalid("expected sums of \(channelCount) channels, found \(covariance.numFeatures)")
    }
    let frameCount = covariance.count
    guard counts.allSatisfy({ (0...frameCount).contains($0) }) else {
      throw invalid("expected 0 to \(frameCount) frames in each bin; the file is damaged")
    }
    histograms = HistogramStatistics(
      (0..<channelCount).map { channel in
        LevelHistogram(firstBin: first[0], counts: counts[channel * width..<(channel + 1) * width])
      })
    guard histograms.channels.allSatisfy({ $0.count == frameCount }) else {
      throw invalid("expected \(frameCount) frames in each channel's histogram; the file is damaged")
    }
  }
}
