import Foundation

/// Cuts frames of a short-time Fourier transform in two in time, so that each part can be changed by itself.
///
/// The impulse response of a zero-phase gain reaches to both sides of a sample. In a frame with a sudden onset, the
/// part of the response before the onset can be heard by itself (pre-echo). ``split(_:at:before:)`` separates the
/// samples before the onset, and ``silence(_:before:)`` removes the response that the gain adds there.
public struct SpectrumSplitter: Sendable {
  /// The number of samples over which parts fade into each other.
  public let fadeLength: Int

  private let windowLength: Int
  private let plan: RealFFT
  private var workspace: RealFFT.Workspace
  private var padded: ContiguousArray<Float>
  /// The fade-in: half a cosine from 0 to 1, both ends excluded.
  private let fade: ContiguousArray<Float>

  /// Creates a splitter.
  ///
  /// - Parameters:
  ///   - geometry: The transform's lengths.
  ///   - fadeDuration: The time in seconds over which parts fade into each other.
  public init(geometry: STFTGeometry, fadeDuration: Double = 0.001) {
    plan = RealFFT.shared(length: geometry.fftLength)
    workspace = RealFFT.Workspace(for: plan)
    windowLength = geometry.windowLength
    padded = ContiguousArray(repeating: 0, count: geometry.fftLength)
    let length = max(1, Int(geometry.sampleRate * fadeDuration))
    fadeLength = length
    fade = ContiguousArray(
      (0..<length).map { Float((1 - cos(.pi * (Double($0) + 1) / Double(length + 1))) / 2) })
  }

  /// Splits a frame at a position of its window; the two parts sum to the frame.
  ///
  /// - Parameters:
  ///   - frame: The frame; keeps the part from the position on, with a fade-in over the ``fadeLength`` samples before
  ///     it.
  ///   - position: The position, in samples from the start of the window.
  ///   - before: Receives the part before the position.
  public mutating func split(_ frame: inout SpectrumFrame, at position: Int, before: inout SpectrumFrame) {
    precondition(before.real.count == frame.real.count)
    before.index = frame.index
    before.windowEnergy = frame.windowEnergy
    for channel in 0..<frame.channelCount {
      weigh(frame, channel, into: &before) { padded, fade in
        let start = position - fade.count
        for (i, share) in fade.enumerated() where padded.indices.contains(start + i) {
          padded[start + i] *= 1 - share
        }
        for n in max(0, min(position, padded.count))..<padded.count { padded[n] = 0 }
      }
    }
    for i in frame.real.indices {
      frame.real[i] -= before.real[i]
      frame.imaginary[i] -= before.imaginary[i]
    }
  }

  /// Silences a frame before a position of its window, with a fade-in over the ``fadeLength`` samples before it.
  public mutating func silence(_ frame: inout SpectrumFrame, before position: Int) {
    let length = windowLength
    for channel in 0..<frame.channelCount {
      var result = frame
      weigh(frame, channel, into: &result) { padded, fade in
        let start = position - fade.count
        for n in 0..<max(0, min(start, length)) { padded[n] = 0 }
        for (i, share) in fade.enumerated() where padded.indices.contains(start + i) {
          padded[start + i] *= share
        }
        // The samples behind the window are those before it, wrapped around.
        for n in length..<padded.count { padded[n] = 0 }
      }
      frame = result
    }
  }

  /// Transforms one channel to samples, changes these with a closure, and transforms them back.
  private mutating func weigh(
    _ frame: SpectrumFrame, _ channel: Int, into result: inout SpectrumFrame,
    _ change: (inout ContiguousArray<Float>, ContiguousArray<Float>) -> Void
  ) {
    let range = channel * frame.binCount..<(channel + 1) * frame.binCount
    unsafe frame.real.withUnsafeBufferPointer { real in
      unsafe frame.imaginary.withUnsafeBufferPointer { imaginary in
        unsafe padded.withUnsafeMutableBufferPointer { padded in
          unsafe plan.inverse(
            real: UnsafeBufferPointer(rebasing: real[range]),
            imaginary: UnsafeBufferPointer(rebasing: imaginary[range]), output: padded, workspace: &workspace)
        }
      }
    }
    change(&padded, fade)
    unsafe result.real.withUnsafeMutableBufferPointer { real in
      unsafe result.imaginary.withUnsafeMutableBufferPointer { imaginary in
        unsafe padded.withUnsafeBufferPointer { padded in
          unsafe plan.forward(
            padded, real: UnsafeMutableBufferPointer(rebasing: real[range]),
            imaginary: UnsafeMutableBufferPointer(rebasing: imaginary[range]), workspace: &workspace)
        }
      }
    }
  }
}

extension SpectrumFrame {
  /// Adds another frame's spectrum.
  public static func += (sum: inout SpectrumFrame, other: SpectrumFrame) {
    precondition(sum.real.count == other.real.count)
    for i in sum.real.indices {
      sum.real[i] += other.real[i]
      sum.imaginary[i] += other.imaginary[i]
    }
  }
}
