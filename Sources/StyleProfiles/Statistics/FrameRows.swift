import AudioFeatures
import Foundation

/// Levels in dB of some channels, one row a frame.
package struct FrameRows: Sendable {
  /// The number of channels.
  package let width: Int
  /// The levels, row by row.
  package private(set) var values: [Float]

  /// The number of rows.
  package var count: Int { width > 0 ? values.count / width : 0 }

  package init(width: Int, values: [Float]) {
    precondition(width == 0 ? values.isEmpty : values.count % width == 0)
    self.width = width
    self.values = values
  }

  /// The level of a channel in a row.
  package subscript(row: Int, channel: Int) -> Float { values[row * width + channel] }

  /// The spectral shapes: each row less its mean over the channels.
  package var shapes: FrameRows {
    var result = values
    for start in stride(from: 0, to: values.count, by: max(1, width)) {
      let mean = values[start..<start + width].reduce(0, +) / Float(width)
      for index in start..<start + width { result[index] -= mean }
    }
    return FrameRows(width: width, values: result)
  }

  /// The rows with a curve in dB added to each.
  package func adding(_ curve: [Double]) -> FrameRows {
    precondition(curve.count >= width)
    var result = values
    unsafe curve.map(Float.init).withUnsafeBufferPointer { curve in
      unsafe result.withUnsafeMutableBufferPointer { values in
        for start in stride(from: 0, to: values.count, by: max(1, width)) {
          for channel in 0..<width { unsafe values[start &+ channel] += curve[channel] }
        }
      }
    }
    return FrameRows(width: width, values: result)
  }

  /// The rows with each level raised to at least the highest of its row less `range` dB.
  package func floored(_ range: Float) -> FrameRows {
    var result = values
    for start in stride(from: 0, to: values.count, by: max(1, width)) {
      let lowest = (values[start..<start + width].max() ?? 0) - range
      for index in start..<start + width { result[index] = max(result[index], lowest) }
    }
    return FrameRows(width: width, values: result)
  }

  /// The mean of each channel over all rows.
  package var mean: [Double] { sums().map { $0 / Double(max(1, count)) } }

  /// The mean power of each channel over all rows, in dB.
  package var meanPower: [Double] {
    FrameRows(width: width, values: powers).sums()
      .map { 10 * log10(max($0 / Double(max(1, count)), .leastNormalMagnitude)) }
  }

  /// The sum of each channel over all rows.
  private func sums() -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe values.withUnsafeBufferPointer { values in
        for start in stride(from: 0, to: values.count, by: max(1, width)) {
          for channel in 0..<width { unsafe sums[channel] += Double(values[start &+ channel]) }
        }
      }
    }
    return sums
  }

  /// Half the squared length of each row.
  package var halfSquares: [Float] {
    unsafe values.withUnsafeBufferPointer { values in
      (0..<count).map { row in
        var sum: Float = 0
        for index in row * width..<(row + 1) * width { unsafe sum += values[index] * values[index] }
        return sum / 2
      }
    }
  }

  private var powers: [Float] {
    var powers = values
    Decibels.powers(inPlace: &powers)
    return powers
  }

  /// Some of the rows.
  package func rows(_ indices: [Int]) -> FrameRows {
    var chosen: [Float] = []
    chosen.reserveCapacity(indices.count * width)
    for row in indices { chosen.append(contentsOf: values[row * width..<(row + 1) * width]) }
    return FrameRows(width: width, values: chosen)
  }

  /// At most `limit` of the rows, at even distances.
  package func thinned(to limit: Int) -> FrameRows {
    count <= limit ? self : rows((0..<limit).map { $0 * count / limit })
  }

  /// The rows whose broadband level is at least `level` dB.
  package func above(_ level: Double) -> FrameRows {
    rows(zip(0..., broadband).filter { $0.1 >= level }.map(\.0))
  }

  /// The broadband level of each row: the sum of its powers in dB.
  package var broadband: [Double] { broadband(of: Array(0..<width)) }

  /// The level of each row in dB: the sum of the powers of some channels.
  package func broadband(of channels: [Int]) -> [Double] {
    let powers = powers
    return (0..<count).map { row in
      let sum = channels.reduce(0.0) { $0 + Double(powers[row * width + $1]) }
      return 10 * log10(max(sum, .leastNormalMagnitude))
    }
  }
}
