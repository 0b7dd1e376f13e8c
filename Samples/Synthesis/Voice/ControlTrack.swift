/// A parameter over time: one value a millisecond, read with linear interpolation.
struct ControlTrack {
  private(set) var values: [Double]

  init(_ values: [Double]) {
    self.values = values
  }

  /// The value at a time in milliseconds.
  func value(at milliseconds: Double) -> Double {
    let index = min(max(0, Int(milliseconds)), values.count - 1)
    let next = min(index + 1, values.count - 1)
    let t = min(max(0, milliseconds - Double(index)), 1)
    return values[index] + t * (values[next] - values[index])
  }

  /// The track after two moving averages of a width in milliseconds: transitions become S-shaped, without delay.
  func smoothed(width: Int) -> ControlTrack {
    ControlTrack(Self.movingAverage(Self.movingAverage(values, width: width), width: width))
  }

  private static func movingAverage(_ values: [Double], width: Int) -> [Double] {
    guard let first = values.first, let last = values.last else { return values }
    let reach = width / 2
    let length = Double(2 * reach + 1)
    var sum = first * Double(reach)
    for index in 0...reach { sum += index < values.count ? values[index] : last }
    var result: [Double] = []
    result.reserveCapacity(values.count)
    for index in values.indices {
      result.append(sum / length)
      sum += index + reach + 1 < values.count ? values[index + reach + 1] : last
      sum -= index - reach >= 0 ? values[index - reach] : first
    }
    return result
  }
}
