import InstanceNorm
public import Tensors

extension AdaptiveInstanceNorm1d {
  /// Gives each region of the content its own style.
  ///
  /// `y = x + Σᵣ wᵣ · (restyleᵣ(x) − x)`, where wᵣ is the mask of region r, and restyleᵣ uses the content's statistics
  /// over the positions at which the region is measured. Where the masks of a position sum to more than 1, they are
  /// divided by their sum; where they sum to less, the rest is content. A region of weight 1 everywhere gives the bits
  /// of the call without regions. Values outside a region have no effect on its statistics, not even NaN.
  ///
  /// The cost is that of AdaIN plus one pass over the measured positions for each region. An ``activation`` follows in
  /// a pass of its own.
  ///
  /// - Throws: ShapeError where a mask has another length than the content, a region measures fewer positions
  ///   than the content's estimator needs, or numbers of channels or samples differ.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, regions: [StyleRegion]
  ) throws(ShapeError) -> Tensor3<Scalar> {
    var result = content
    try self(inPlace: &result, regions: regions)
    return result
  }

  /// Gives each region of a tensor its own style, in place.
  ///
  /// - Throws: ShapeError as for the allocating form; `content` is then unchanged.
  public func callAsFunction(
    inPlace content: inout Tensor3<Scalar>, regions: [StyleRegion]
  ) throws(ShapeError) {
    let shape = content.shape
    try check(shape, regions)
    guard shape.count > 0 else { return }
    let plan = RegionPlan(regions, length: shape.l)
    unsafe content.withMutableScalars { scalars in
      unsafe RowThreads.forEach(
        rowCount: shape.rowCount, rowLength: shape.l * 2, device: device, sharing: scalars
      ) { target, rows in
        for row in rows where strength != 0 && !preservedChannels.contains(row % shape.c) {
          let values = unsafe UnsafeMutableBufferPointer(
            rebasing: target[row * shape.l..<(row + 1) * shape.l])
          unsafe restyle(values, row, regions, plan)
        }
      }
    }
    try activation?(inPlace: &content, device: device)
  }

  private func restyle(
    _ values: UnsafeMutableBufferPointer<Scalar>, _ row: Int, _ regions: [StyleRegion], _ plan: RegionPlan
  ) {
    let transforms = regions.map { region in
      let at = row % region.style.mean.count
      let content = unsafe ChannelMoments(UnsafeBufferPointer(values), weights: region.measured)
      return RowTransform(
        mean: content.mean, meanLow: content.meanLow,
        deviation: norm.spread.standardDeviation(content), scale: region.style.standardDeviation[at],
        shift: region.style.mean[at], strength: strength * region.strength)
    }
    for run in plan.runs {
      switch run.action {
      case .keep: continue
      case .restyle(let region):
        if regions[region].strength == 0 { continue }
        let part = unsafe UnsafeMutableBufferPointer(rebasing: values[run.range])
        unsafe RowKernel.apply(transforms[region], inPlace: part)
      case .mix:
        for l in run.range {
          let x = unsafe Double(values[l])
          var change = 0.0
          for (index, transform) in transforms.enumerated() {
            let weight = plan.weights[index * values.count + l]
            if weight == 0 { continue }
            let styled = ((x - transform.mean) - transform.meanLow) * transform.factor + transform.shift
            change += weight * (styled - x)
          }
          unsafe values[l] = Scalar(x + change)
        }
      }
    }
  }

  private func check(_ content: TensorShape, _ regions: [StyleRegion]) throws(ShapeError) {
    for (index, region) in regions.enumerated() {
      try check(content, region.style, nil)
      guard region.mask.count == content.l else {
        throw ShapeError(
          "expected a mask of length \(content.l) in region \(index), found \(region.mask.count)")
      }
      let weight = region.measured.reduce(0, +)
      let estimator = norm.spread.estimator
      let isMeasured = estimator == .biased ? weight > 0 : weight > 1
      guard isMeasured || content.count == 0 else {
        throw ShapeError(
          "expected region \(index) to measure \(estimator == .biased ? "more than 0" : "more than 1") positions for "
            + "the \(estimator.rawValue) estimator, found \(weight)")
      }
    }
  }
}
