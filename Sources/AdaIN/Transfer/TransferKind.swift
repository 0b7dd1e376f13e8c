/// The transfers by name, for programs that let their users choose.
public enum TransferKind: String, CaseIterable, Hashable, Codable, Sendable {
  /// The difference of means alone (``MeanTransfer``).
  case mean
  /// Mean and spread of each channel (``AdaINTransfer``).
  case adain
  /// The whole distribution of each channel (``QuantileTransfer``).
  case quantiles
  /// The whole distribution of each channel of levels in dB, from histograms (``LevelQuantileTransfer``).
  case levels
  /// Means and covariance of all channels (``GaussianTransport``).
  case gaussian

  /// The transfer with its default settings.
  public var transfer: any FeatureTransfer {
    switch self {
    case .mean: MeanTransfer()
    case .adain: AdaINTransfer()
    case .quantiles: QuantileTransfer()
    case .levels: LevelQuantileTransfer()
    case .gaussian: GaussianTransport()
    }
  }
}
