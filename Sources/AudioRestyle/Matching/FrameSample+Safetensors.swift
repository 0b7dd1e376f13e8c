import AdaIN

/// Samples of frames in profile files.
extension FrameSample {
  /// The keys behind the view's name; the first one stands for both.
  static let keys = ["frame_level", "frame_key"]
  /// Those of short sounds: the long-term spectrum of each.
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
