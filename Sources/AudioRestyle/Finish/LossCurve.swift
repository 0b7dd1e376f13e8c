import Foundation

/// What a limiter takes away of the loudness, as a function of the gain before it, from the measurements so far.
///
/// With d dB above the gain at which nothing is limited, the loss grows like `L·(d/D)ᵖ` through the last measurement (D, L);
/// p comes from the last two. From one alone it is 2: music and speech have 1.7 to 2.3.
struct LossCurve {
  /// The gain in dB at which nothing is limited.
  let start: Double
  private var last = (distance: 1.0, loss: 0.0)
  private var exponent = 2.0

  init(start: Double) {
    self.start = start
  }

  /// Takes a measurement: by how many LU the loudness is lowered at a gain.
  mutating func add(gain: Double, loss: Double) {
    let next = (distance: max(gain - start, 1e-3), loss: max(loss, 1e-6))
    let (steps, growth) = (log(next.distance / last.distance), log(next.loss / last.loss))
    // Measurements that lie too close together tell nothing of the way between them.
    if last.loss > 0, abs(steps) > 0.02 { exponent = min(max(growth / steps, 1), 4) }
    last = next
  }

  /// The gain at which the limiter takes away a loudness in LU.
  func gain(atLoss loss: Double) -> Double {
    start + last.distance * pow(loss / last.loss, 1 / exponent)
  }

  /// The gain at which the loudness is higher than at the last measurement by a number of LU.
  func gain(raising loudness: Double) -> Double {
    var distance = last.distance
    for _ in 0..<8 {
      let loss = last.loss * pow(max(distance, 0) / last.distance, exponent)
      let slope = exponent * loss / max(distance, 1e-3)
      let missing = loudness - (distance - last.distance) + (loss - last.loss)
      // Where more than 0.8 of a further gain would be lost, the steps go no further than for that.
      distance = max(0, distance + missing / (1 - min(slope, 0.8)))
    }
    return start + distance
  }
}
