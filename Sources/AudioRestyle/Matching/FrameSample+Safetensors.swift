import AdaIN

/// Samples of frames in profile files.
extension FrameSample {
  /// The keys behind the view's name; the first one stands for both.
  static let keys = ["frame_level", "frame_key"]

  /// Stores a sample.
  func write(_ view: StereoView, to file: inout SafetensorsFile) throws {
    file["\(view.name)/frame_level"] = try StoredArray(
      integers: frames.flatMap(\.levels), shape: [frames.count, channelCount])
    file["\(view.name)/frame_key"] = try StoredArray(integers: frames.map(\.key))
  }

  /// Reads a sample.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` where it is damaged.
  init(_ file: SafetensorsFile, _ view: StereoView, channelCount: Int, name: String) throws {
    let levels = try file.array("\(view.name)/frame_level")
    let keys: [UInt64] = try file.integers("\(view.name)/frame_key")
    guard levels.shape == [keys.count, channelCount], keys.count <= Self.capacity else {
      throw RestyleError.invalidProfile(
        "\(name): \(view.name): expected up to \(Self.capacity) frames of \(channelCount) levels and a key for each, "
          + "found \(levels.shape) levels and \(keys.count) keys")
    }
    let steps: [Int16] = try file.integers("\(view.name)/frame_level")
    self.init(
      channelCount: channelCount,
      frames: keys.indices.map { index in
        Frame(key: keys[index], levels: Array(steps[index * channelCount..<(index + 1) * channelCount]))
      })
  }
}
