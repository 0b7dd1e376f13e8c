import AudioFeatures
import AudioRestyle
import Foundation

/// How long a job will take, roughly: what its steps cost (``WorkCosts``), by how fast this machine is at the moment.
struct TimeEstimate {
  /// How much sound is to be restyled, in seconds.
  var sound = 0.0
  /// What all steps cost, in units of ``WorkCosts``.
  private var cost = 0.0
  private let costs: WorkCosts
  private var clipCount = 0

  init(options: RestyleOptions, isTogether: Bool) {
    costs = WorkCosts(options: options, isTogether: isTogether)
  }

  /// Adds a style that is learned.
  mutating func addStyle(duration: Double) { cost += costs.style(duration: duration).cost }

  /// Adds a clip, or a stem.
  mutating func addClip(duration: Double, isStem: Bool = false) {
    sound += duration
    clipCount += 1
    cost += (isStem ? costs.stem(duration: duration) : costs.clip(duration: duration)).cost
  }

  /// The time in seconds.
  ///
  /// - Parameter threads: How many threads work.
  func seconds(threads: Int) -> Double {
    // What waits for its turn is about a fifth.
    let parallel = 1 + 0.8 * Double(max(0, threads - 1))
    return cost * Self.transformsOfUnit * Self.secondsOfTransforms() / parallel
  }

  /// The time in words: no more is known than its size.
  static func words(_ seconds: Double) -> String {
    switch seconds {
    case ..<5: "under 5 s"
    case ..<120:
      "about \(Int(((seconds / 5).rounded() * 5))) s"
    default: "about \(Wording.count(Int((seconds / 60).rounded()), "minute"))"
    }
  }

  /// What a unit costs in thousands of transforms, as measured with them.
  private static let transformsOfUnit = 0.9

  /// How long 1000 transforms of 4096 samples take here: the least of a few trials.
  private static func secondsOfTransforms() -> Double {
    let (length, count) = (4096, 40)
    let plan = RealFFT(length: length)
    var workspace = RealFFT.Workspace(for: plan)
    let samples = (0..<length).map { Float(sin(Double($0))) }
    let window = [Float](repeating: 1, count: length)
    var (real, imaginary) = (
      [Float](repeating: 0, count: plan.binCount), [Float](repeating: 0, count: plan.binCount)
    )
    let clock = ContinuousClock()
    let least =
      (0..<5).map { _ in
        clock.measure {
          for _ in 0..<count {
            unsafe samples.withUnsafeBufferPointer { samples in
              unsafe window.withUnsafeBufferPointer { window in
                unsafe real.withUnsafeMutableBufferPointer { real in
                  unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
                    unsafe plan.forward(
                      samples, windowedBy: window, real: real, imaginary: imaginary, workspace: &workspace)
                  }
                }
              }
            }
          }
        }
      }.min() ?? .zero
    let parts = least.components
    return 1000 / Double(count) * (Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
  }
}
