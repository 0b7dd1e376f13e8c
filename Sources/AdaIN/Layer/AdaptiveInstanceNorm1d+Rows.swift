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
    unsafe withStandardization(style, statistics) { standardization in
      unsafe RowKernel.transformRows(
        of: source, into: target, shape: shape, device: device, measuring: statistics == nil,
        standardization: standardization
      ) { row, measured in
        if keeps(row % shape.c) { return nil }
        let content =
          statistics.map { $0.channels[row % $0.channels.count] } ?? ChannelMoments(measured)
        let at = row % style.mean.count
        return transform(
          content, mean: style.mean[at], standardDeviation: style.standardDeviation[at], strength: strength)
      }
    }
  }

  /// The layer as kernels know it, where every row is restyled by its own statistics; otherwise nil.
  func withStandardization(
    _ style: StyleMoments, _ statistics: StyleStatistics?, _ body: (RowStandardization?) -> Void
  ) {
    guard statistics == nil, preservedChannels.isEmpty, strength != 0 else { return body(nil) }
    let spread = convention.content
    unsafe style.mean.withUnsafeBufferPointer { means in
      unsafe style.standardDeviation.withUnsafeBufferPointer { deviations in
        unsafe body(
          RowStandardization(
            lostDegrees: spread.estimator == .biased ? 0 : 1,
            epsInside: spread.placement == .insideRoot ? spread.eps : 0,
            epsOutside: spread.placement == .outsideRoot ? spread.eps : 0, strength: strength,
            scale: RowStandardization.Values(deviations.baseAddress, period: deviations.count),
            shift: RowStandardization.Values(means.baseAddress, period: means.count)))
      }
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
