import InstanceNorm
import Tensors

extension AdaptiveInstanceNorm1d: CustomStringConvertible {
  /// The layer's configuration in one line.
  public var description: String {
    let name = AdaINConvention.named.first { $0.convention == convention }?.name
    let kept = preservedChannels.sorted()
    return
      "AdaptiveInstanceNorm1d<\(Scalar.scalarName)>(\(numFeatures), convention: \(name ?? "\(convention)"), "
      + "strength: \(strength)\(kept.isEmpty ? "" : ", preservedChannels: \(kept)"))"
  }
}

extension AdaIN1d: CustomStringConvertible {
  /// The layer's configuration in one line.
  public var description: String {
    "AdaIN1d<\(Scalar.scalarName)>(styleSize: \(styleSize), numFeatures: \(numFeatures), form: \(form.rawValue), "
      + "order: \(order.rawValue), norm: \(norm))"
  }
}
