extension [Double] {
  /// The values without their mean.
  var centered: [Double] {
    let mean = reduce(0, +) / Double(Swift.max(1, count))
    return map { $0 - mean }
  }
}
