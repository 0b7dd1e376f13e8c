import Foundation

/// Cuts frames of a short-time Fourier transform in two in time, so that each part can be changed by itself.
///
/// A zero-phase gain answers before and after what it is applied to. Where a frame holds a sudden onset, its answer before the
/// onset stands alone and can be heard (pre-echo). ``split(_:at:before:)`` separates what comes before the
/// onset, and ``silence(_:before:)`` takes away what the gain put there.
public struct SpectrumSplitter: Sendable {
  /// The number of samples over which parts fade into each other.
  public let fadeLength: Int

  private let windowLength: Int
  private let plan: RealFFT
  private var workspace: RealFFT.Workspace
  private var padded: ContiguousArray<Float>
  /// From 0 to 1, exclusive, by half a cosine.
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
  ///   - frame: The frame; keeps what comes from the position on, faded in over ``fadeLength`` samples before it.
  ///   - position: The place, in samples from the start of the window.
  ///   - before: Takes what comes before.
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

  /// Takes away what a frame holds before a position of its window; it fades in over the ``fadeLength`` samples before.
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
        // Behind the window stands what wrapped around from before it.
        for n in length..<padded.count { padded[n] = 0 }
      }
      frame = result
    }
  }

  /// Weighs the samples of one channel.
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
