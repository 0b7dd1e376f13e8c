extension Array where Element: Comparable {
  /// The element that sorting would bring to an index.
  ///
  /// The time is proportional to the count on average. Source: Hoare's selection, 1961 (doi:10.1145/366622.366647).
  ///
  /// - Precondition: The array has that index.
  package func ranked(_ index: Int) -> Element {
    precondition(indices.contains(index))
    var values = self
    var (low, high) = (0, count - 1)
    while low < high {
      // Values up to the pivot go to the left, values from the pivot on to the right.
      let pivot = values[(low + high) / 2]
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while pivot < values[right] { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          (left, right) = (left + 1, right - 1)
        }
      }
      // Values between the two parts equal the pivot.
      if index <= right { high = right } else if index >= left { low = left } else { return pivot }
    }
    return values[index]
  }
}

extension [Double] {
  /// The values without their mean.
  package var centered: [Double] {
    let mean = reduce(0, +) / Double(Swift.max(1, count))
    return map { $0 - mean }
  }
}

extension ClosedRange<Double> {
  /// The number of the range that is nearest to a number.
  package func nearest(to value: Double) -> Double { Swift.min(Swift.max(value, lowerBound), upperBound) }

  /// The position of a number in the range, from 0 to 1.
  package func part(of value: Double) -> Double {
    (nearest(to: value) - lowerBound) / (upperBound - lowerBound)
  }
}
