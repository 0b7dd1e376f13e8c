import StyleProfiles

/// `mean`: a match equaliser: μs from the style, σs = σc.
struct MeanMethod: StyleMethod {
  var hasDynamics: Bool { false }
  var refinesSpreads: Bool { false }

  func target(
    from content: MeasuredView, to style: MeasuredView, _ request: TargetRequest
  ) -> StyleTarget {
    let (own, other) = (content.statistics.moments.mean, style.statistics.moments.mean)
    var target = StyleTarget(unchanged: own.count, shared: request.shared)
    for band in request.shared { target.shift[band] = request.knobs.shift(other[band] - own[band]) }
    target.extendShift()
    return target
  }
}
