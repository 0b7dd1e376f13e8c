import AdaIN

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
