/// The points in which frameworks disagree about instance normalization.
public enum InstanceNormConventions: String, Hashable, Sendable, Codable, CaseIterable {
  /// PyTorch's `nn.InstanceNorm1d`.
  ///
  /// Running statistics move towards the mean over samples of each sample's mean and **unbiased** variance;
  /// (C, L) input is a batch of one; statistics of a single position are an error.
  case pytorch

  /// Lucid's `nn.InstanceNorm1d`.
  ///
  /// Running statistics move towards mean and **biased** variance pooled over samples and positions;
  /// (C, L) input is an error; a single position is accepted.
  case lucid

  /// ONNX's `InstanceNormalization`, which has no running statistics and takes a single position, giving the bias.
  ///
  /// In what the layer does it is ``lucid``.
  public static let onnx = lucid

  /// Core ML's `instance_norm`, which takes a single position as well: ``onnx``.
  public static let coreML = onnx

  /// MLX's `nn.InstanceNorm`, which takes a single position as well: ``onnx``.
  ///
  /// MLX keeps channels last: what is (N, L, C) there is (N, C, L) here.
  public static let mlx = onnx
}
