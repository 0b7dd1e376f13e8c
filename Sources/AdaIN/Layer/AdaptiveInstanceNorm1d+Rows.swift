import InstanceNorm
import Tensors

extension AdaptiveInstanceNorm1d {
  /// Restyles all rows from `source` into `target`, which may be the same memory.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func restyle(
    _ source: UnsafeBufferPointer<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>, _ shape: TensorShape,
    _ style: StyleMoments, _ statistics: StyleStatistics?
  ) {
    unsafe RowKernel.transformRows(of: source, into: target, shape: shape, device: device) { row in
      let number = unsafe row.number
      if keeps(number % shape.c) { return nil }
      let content =
        unsafe statistics.map { $0.channels[number % $0.channels.count] } ?? ChannelMoments(row.moments())
      let at = number % style.mean.count
      return transform(
        content, mean: style.mean[at], standardDeviation: style.standardDeviation[at], strength: strength)
    }
  }

  /// Whether a channel stays bit for bit as it is.
  func keeps(_ channel: Int) -> Bool { strength == 0 || preservedChannels.contains(channel) }

  /// The map of one row: `α · adain(x) + (1 − α) · x` as one scale and shift about the content's mean.
  ///
  /// `y = (x − μc) · (α · σs / σc + 1 − α) + (α · μs + (1 − α) · μc)`; σs / σc is 0 where σc is 0.
  func transform(
    _ content: ChannelMoments, mean: Double, standardDeviation: Double, strength: Double
  ) -> RowTransform {
    let divisor = convention.content.standardDeviation(content)
    let ratio = divisor == 0 ? 0 : standardDeviation / divisor
    var transform = RowTransform(
      mean: content.mean, meanLow: content.meanLow, inverseStd: ratio, shift: mean)
    if strength != 1 {
      let kept = 1 - strength
      transform.factor = strength * ratio + kept
      transform.shift = strength * mean + kept * (content.mean + content.meanLow)
    }
    return transform
  }
}
