import AdaIN

/// Long-term spectra and momentary loudness in profile files.
extension LongTermSpectrum {
  /// The key behind the view's name: sound and pauses, each a count, 29 high and 29 low sums.
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
  /// The bins in tenths of a LU, and how many values each holds.
  static let keys = ["momentary_bin", "momentary_count"]
  /// The same of windows of 3 s.
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
