public import Tensors

extension AdaptiveInstanceNorm1d {
  /// Restyles every content towards every style: `result[content][style]`.
  ///
  /// Each content is measured once; the results are those of the single calls to the bit.
  ///
  /// - Throws: ShapeError as for the single calls.
  public func grid(
    _ contents: [Tensor3<Scalar>], styles: [StyleMoments]
  ) throws(ShapeError) -> [[Tensor3<Scalar>]] {
    var result: [[Tensor3<Scalar>]] = []
    for content in contents {
      let statistics = content.shape.c == numFeatures ? StyleStatistics(content, device: device) : nil
      var row: [Tensor3<Scalar>] = []
      for style in styles { row.append(try self(content, style: style, contentStatistics: statistics)) }
      result.append(row)
    }
    return result
  }

  /// Restyles every content towards the statistics of every style, with σs made as the ``convention`` says.
  ///
  /// - Throws: ShapeError as for the single calls.
  public func grid(
    _ contents: [Tensor3<Scalar>], styles: [StyleStatistics]
  ) throws(ShapeError) -> [[Tensor3<Scalar>]] {
    var moments: [StyleMoments] = []
    for style in styles { moments.append(try style.moments(convention.style)) }
    return try grid(contents, styles: moments)
  }
}
