import AdaIN
import TensorFiles
import Tensors

/// Distributions in profile files.
extension FrameDistribution {
  /// The keys behind the view's name; a reader that finds the first one reads all of them.
  static let keys = [
    "histogram", "histogram_first", "frame_count", "frame_sum", "frame_product_high", "frame_product_low",
  ]

  /// The most channels whose distributions are read: the product sums of all pairs must fit into memory.
  private static let mostChannels = 256
  /// The largest magnitude of a bin number: 1000 dB.
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
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where the numbers do not fit each other or no frames can have them.
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

/// Long-term spectra and momentary loudness in profile files.
extension LongTermSpectrum {
  /// The key behind the view's name: a row for sound and a row for pauses, each a count, high sums and low sums.
  static let key = "long_term_spectrum"

  /// Stores a spectrum.
  func write(_ view: StereoView, to file: inout SafetensorsFile) throws {
    let rows = [sound, pauses].flatMap { [$0.count] + $0.high + $0.low }
    file["\(view.name)/\(Self.key)"] = try StoredArray(integers: rows, shape: [2, rows.count / 2])
  }

  /// Reads a spectrum.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where it is damaged.
  init(_ file: SafetensorsFile, _ view: StereoView, name: String) throws {
    let key = "\(view.name)/\(Self.key)"
    let numbers: [Int64] = try file.integers(key)
    let bands = ExactPowers().high.count
    let width = 1 + 2 * bands
    func powers(_ row: Int) -> ExactPowers? {
      let values = Array(numbers[row * width..<(row + 1) * width])
      return ExactPowers(
        count: values[0], high: Array(values[1...bands]), low: Array(values[(bands + 1)...]))
    }
    guard numbers.count == 2 * width, let sound = powers(0), let pauses = powers(1) else {
      throw RestyleError.invalidProfile(
        "\(name): \(key): expected 2 × \(width) counts and sums of powers, found \(numbers.count) numbers or others"
      )
    }
    self.init(sound: sound, pauses: pauses)
  }
}

extension MomentaryLoudness {
  /// The keys of the momentary loudness: bin numbers in tenths of a LU, and the number of values in each bin.
  static let keys = ["momentary_bin", "momentary_count"]
  /// The keys of the short-term loudness (windows of 3 s), in the same units.
  static let shortTermKeys = ["short_term_bin", "short_term_count"]

  /// Stores the counts.
  func write(to file: inout SafetensorsFile, keys: [String] = Self.keys) throws {
    let rows = bins.sorted { $0.key < $1.key }
    file[keys[0]] = try StoredArray(integers: rows.map { Int64($0.key) })
    file[keys[1]] = try StoredArray(integers: rows.map(\.value))
  }

  /// Reads the counts; `nil` where there are none.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where they are damaged.
  init?(_ file: SafetensorsFile, name: String, keys: [String] = Self.keys) throws {
    guard file[keys[0]] != nil || file[keys[1]] != nil else { return nil }
    let bins: [Int64] = try file.integers(keys[0])
    let counts: [Int64] = try file.integers(keys[1])
    guard let made = MomentaryLoudness(bins: bins, counts: counts) else {
      throw RestyleError.invalidProfile(
        "\(name): \(keys[0]): expected bins within ±\(Self.limit), each once and with a count, found others"
      )
    }
    self = made
  }
}

/// Fine spectra in profile files.
extension FineSpectrum {
  /// The key behind the view's name.
  static let key = "fine_spectrum"

  /// Stores a spectrum.
  func write(_ view: StereoView, to file: inout SafetensorsFile) throws {
    file["\(view.name)/\(Self.key)"] = try StoredArray(integers: sums + [frameCount])
  }

  /// Reads a spectrum.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where it is damaged.
  init(_ file: SafetensorsFile, _ view: StereoView, name: String) throws {
    let numbers: [Int64] = try file.integers("\(view.name)/\(Self.key)")
    let shape = try file.array("\(view.name)/\(Self.key)").shape
    let count = Self.frequencies.count + 1
    guard shape == [count], let least = numbers.min(), least >= 0 else {
      throw RestyleError.invalidProfile(
        "\(name): \(view.name)/\(Self.key): expected \(count) numbers of 0 or more, found the shape \(shape) and "
          + "numbers from \(numbers.min() ?? 0) on")
    }
    self.init(sums: Array(numbers.dropLast()), frameCount: numbers[count - 1])
  }
}

/// Samples of frames in profile files.
extension FrameSample {
  /// The keys behind the view's name: the levels (frames, C) in steps of 1/64 dB, and a hash key for each frame.
  static let keys = ["frame_level", "frame_key"]
  /// The same keys for short sounds, with one row of third octaves each.
  static let soundKeys = ["sound_level", "sound_key"]

  /// Stores a sample.
  func write(_ view: StereoView, to file: inout SafetensorsFile, keys: [String] = Self.keys) throws {
    file["\(view.name)/\(keys[0])"] = try StoredArray(
      integers: frames.flatMap(\.levels), shape: [frames.count, channelCount])
    file["\(view.name)/\(keys[1])"] = try StoredArray(integers: frames.map(\.key))
  }

  /// Reads a sample.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where it is damaged.
  init(
    _ file: SafetensorsFile, _ view: StereoView, channelCount: Int, name: String,
    keys names: [String] = Self.keys
  ) throws {
    let levels = try file.array("\(view.name)/\(names[0])")
    let keys: [UInt64] = try file.integers("\(view.name)/\(names[1])")
    guard levels.shape == [keys.count, channelCount], keys.count <= Self.capacity else {
      throw RestyleError.invalidProfile(
        "\(name): \(view.name): expected up to \(Self.capacity) frames of \(channelCount) levels and a key for each, "
          + "found \(levels.shape) levels and \(keys.count) keys")
    }
    let steps: [Int16] = try file.integers("\(view.name)/\(names[0])")
    self.init(
      channelCount: channelCount,
      frames: keys.indices.map { index in
        Frame(key: keys[index], levels: Array(steps[index * channelCount..<(index + 1) * channelCount]))
      })
  }
}
