import AudioFeatures
import Foundation
import SoundFiles

/// The levels of a clip over time and frequency, as pixels of a picture.
struct Spectrogram: Hashable, Sendable {
  /// The number of columns, from the clip's start to its end.
  var columns: Int
  /// The range of frequencies in Hz, which the rows divide evenly by their logarithm.
  var frequencies: ClosedRange<Double>
  /// The levels in dBFS, row by row from the highest frequency; a full-scale sine has 0, and silence −300.
  var levels: [Float]

  /// The number of rows.
  var rows: Int { levels.count / columns }
}

/// Reduces a clip to a ``Spectrogram`` while it is read, in memory that does not grow with its length.
///
///     level at bin k = 20 · log₁₀(2·|X[k]| / Σw)    X: transform, w: Hann window
///
/// A column is the mean power of up to 4 windows, at distances of at most half their length where 4 suffice for that. A
/// row has the highest level of its bins. A row narrower than a bin gets the interpolated power of the two nearest
/// bins.
struct SpectrogramMeter {
  private let columns: Int
  private let frequencies: ClosedRange<Double>
  private let windowsOfColumn: Int
  private let windowLength: Int
  private let distance: Double
  private let window: [Float]
  private let plan: RealFFT
  private let rows: [Row]
  private var workspace: RealFFT.Workspace
  private var (real, imaginary, power, row): ([Float], [Float], [Float], [Float])
  private var levels: [Float]
  private var next = 0
  /// Samples of each channel from number `start` on.
  private var pending: [[Float]]
  private var start: Int

  /// The bins of a row.
  private enum Row {
    case bins(Range<Int>)
    case between(Int, share: Float)
    case nothing
  }

  static let columnCount = 640
  static let rowCount = 200
  static let nothing: Float = -300
  private static let longestColumn = 4
  /// The duration of a column in seconds from which on windows are twice as long as those of bands.
  private static let longFrom = 0.04

  /// Creates a meter of a clip.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in Hz.
  ///   - channelCount: The number of channels that are measured.
  ///   - frameCount: The clip's length in sample frames.
  ///   - frequencies: The range of frequencies in Hz.
  ///   - columns: The number of columns.
  ///   - rowCount: The number of rows.
  init(
    sampleRate: Double, channelCount: Int, frameCount: Int, frequencies: ClosedRange<Double>,
    columns: Int = Self.columnCount, rows rowCount: Int = Self.rowCount
  ) {
    self.columns = columns
    self.frequencies = frequencies
    let geometry = STFTGeometry(sampleRate: sampleRate)
    let columnLength = Double(max(1, frameCount)) / Double(columns)
    let isLong = columnLength / sampleRate >= Self.longFrom
    windowLength = geometry.windowLength * (isLong ? 2 : 1)
    let wanted = Int((columnLength / Double(windowLength / 2)).rounded(.up))
    windowsOfColumn = min(max(1, wanted), Self.longestColumn)
    distance = columnLength / Double(windowsOfColumn)
    let length = Double(windowLength)
    window = (0..<windowLength).map { Float(0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / length)) }
    var fftLength = 2
    while fftLength < 2 * windowLength { fftLength *= 2 }
    plan = RealFFT(length: fftLength)
    workspace = RealFFT.Workspace(for: plan)
    (real, imaginary) = (Array(repeating: 0, count: plan.binCount), Array(repeating: 0, count: plan.binCount))
    (power, row) = (real, Array(repeating: 0, count: rowCount))
    let width = sampleRate / Double(fftLength)
    let ratio = frequencies.upperBound / frequencies.lowerBound
    let last = plan.binCount - 1
    rows = (0..<rowCount).map { row in
      func place(_ edge: Double) -> Double {
        frequencies.lowerBound * pow(ratio, 1 - (Double(row) + edge) / Double(rowCount)) / width
      }
      let (low, middle, high) = (place(1), place(0.5), place(0))
      guard middle < Double(last) else { return .nothing }
      let bins = Int(low.rounded(.up))..<max(Int(low.rounded(.up)), min(last, Int(high.rounded(.down))) + 1)
      guard bins.isEmpty else { return .bins(bins) }
      return .between(Int(middle), share: Float(middle - middle.rounded(.down)))
    }
    levels = Array(repeating: Self.nothing, count: columns * rowCount)
    start = -windowLength
    pending = Array(repeating: Array(repeating: 0, count: windowLength), count: max(1, channelCount))
  }

  /// Takes the valid frames of some channels of a buffer; there must be as many as the meter measures.
  mutating func add(_ buffer: FrameBuffer, channels: [Int]) {
    for (index, channel) in channels.enumerated() {
      let samples = buffer.channel(channel)
      // Values that are not finite count as silence.
      pending[index] += samples.allSatisfy(\.isFinite) ? samples : samples.map { $0.isFinite ? $0 : 0 }
    }
    measure()
  }

  /// Takes in the end of the clip and returns its spectrogram.
  mutating func finish() -> Spectrogram {
    for index in pending.indices { pending[index] += [Float](repeating: 0, count: 2 * windowLength) }
    measure()
    return Spectrogram(columns: columns, frequencies: frequencies, levels: levels)
  }

  /// The first sample of a window.
  private func begin(_ number: Int) -> Int {
    Int(((Double(number) + 0.5) * distance).rounded()) - windowLength / 2
  }

  private mutating func measure() {
    while next < columns * windowsOfColumn, begin(next) + windowLength <= start + pending[0].count {
      transform(from: begin(next) - start)
      next += 1
      if next % windowsOfColumn == 0 { close(next / windowsOfColumn - 1) }
    }
    let needed = next < columns * windowsOfColumn ? begin(next) : start + pending[0].count
    let done = min(max(0, needed - start), pending[0].count)
    guard done > 0 else { return }
    for index in pending.indices { pending[index].removeFirst(done) }
    start += done
  }

  private mutating func transform(from offset: Int) {
    let (length, count) = (windowLength, power.count)
    for (number, channel) in pending.enumerated() {
      unsafe channel.withUnsafeBufferPointer { samples in
        let frame = unsafe UnsafeBufferPointer(rebasing: samples[offset..<offset + length])
        unsafe window.withUnsafeBufferPointer { window in
          unsafe real.withUnsafeMutableBufferPointer { real in
            unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
              unsafe plan.forward(
                frame, windowedBy: window, real: real, imaginary: imaginary, workspace: &workspace)
            }
          }
        }
      }
      unsafe power.withUnsafeMutableBufferPointer { power in
        unsafe real.withUnsafeBufferPointer { real in
          unsafe imaginary.withUnsafeBufferPointer { imaginary in
            for bin in 0..<count {
              let square = unsafe real[bin] * real[bin] + imaginary[bin] * imaginary[bin]
              unsafe power[bin] = number == 0 ? square : power[bin] + square
            }
          }
        }
      }
    }
    for (index, place) in rows.enumerated() {
      switch place {
      case .bins(let bins):
        var highest: Float = 0
        for bin in bins { highest = max(highest, power[bin]) }
        row[index] += highest
      case .between(let bin, let share): row[index] += power[bin] + share * (power[bin + 1] - power[bin])
      case .nothing: break
      }
    }
  }

  private mutating func close(_ column: Int) {
    let sum = window.reduce(0) { $0 + Double($1) }
    let scale = 4 / (sum * sum * Double(windowsOfColumn * pending.count))
    for index in row.indices {
      let mean = Double(row[index]) * scale
      levels[index * columns + column] = mean > 1e-30 ? Float(10 * log10(mean)) : Self.nothing
      row[index] = 0
    }
  }
}
