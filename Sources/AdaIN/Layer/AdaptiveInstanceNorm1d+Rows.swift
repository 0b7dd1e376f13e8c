import InstanceNorm
import Tensors

extension AdaptiveInstanceNorm1d {
  /// Restyles all rows from `source` into `target`, which may be the same memory.
  func restyle(
    _ source: UnsafeBufferPointer<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>, _ shape: TensorShape,
    _ style: StyleMoments, _ statistics: StyleStatistics?
  ) {
    guard shape.count > 0 else { return }
    // SAFETY: ranges of rows don't overlap, both buffers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let (from, to) = unsafe (source, target)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
      for row in rows {
        let range = row * shape.l..<(row + 1) * shape.l
        let input = unsafe UnsafeBufferPointer(rebasing: from[range])
        let output = unsafe UnsafeMutableBufferPointer(rebasing: to[range])
        if keeps(row % shape.c) {
          unsafe copy(input, output)
          continue
        }
        let content =
          unsafe statistics.map { $0.channels[row % $0.channels.count] }
          ?? ChannelMoments(RowKernel.moments(of: input))
        let at = row % style.mean.count
        let transform = transform(
          content, mean: style.mean[at], standardDeviation: style.standardDeviation[at], strength: strength)
        unsafe RowKernel.apply(transform, to: input, into: output)
      }
    }
  }

  /// Whether a channel stays bit for bit as it is.
  func keeps(_ channel: Int) -> Bool { strength == 0 || preservedChannels.contains(channel) }

  /// Copies a row, unless source and target are the same memory.
  func copy(_ input: UnsafeBufferPointer<Scalar>, _ output: UnsafeMutableBufferPointer<Scalar>) {
    if unsafe UnsafePointer(output.baseAddress) != input.baseAddress {
      _ = unsafe output.update(fromContentsOf: input)
    }
  }

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
