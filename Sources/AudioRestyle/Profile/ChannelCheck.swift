import SoundFiles

/// Watches the two channels of a stereo clip for one without sound, and for two that are each other's inverse.
///
/// Powers p₀, p₁ and the product q = Σ x₀·x₁ are summed over every eighth frame, which tells them well enough.
struct ChannelCheck {
  private var powers = [0.0, 0.0]
  private var product = 0.0
  private var position = 0

  /// Every how many frames are taken.
  private static let step = 8
  /// The share of the other channel's power under which a channel has no sound: 60 dB.
  private static let silentShare = 1e-6
  /// The correlation q/√(p₀·p₁) under which channels are inverse.
  private static let inverseCorrelation = -0.95

  /// Takes the next frames; those of clips of other than 2 channels tell nothing.
  mutating func add(_ buffer: FrameBuffer) {
    guard buffer.channelCount == 2 else { return }
    let first = (Self.step - position % Self.step) % Self.step
    position += buffer.frameCount
    var sums: SIMD4<Double> = .zero
    buffer.withChannel(0) { left in
      buffer.withChannel(1) { right in
        unsafe left.withUnsafeBufferPointer { left in
          unsafe right.withUnsafeBufferPointer { right in
            var frame = first
            while frame < left.count {
              let (l, r) = unsafe (Double(left[frame]), Double(right[frame]))
              frame += Self.step
              // What is no number is read as silence elsewhere.
              guard l.isFinite, r.isFinite else { continue }
              sums += SIMD4(l * l, r * r, l * r, 0)
            }
          }
        }
      }
    }
    powers[0] += sums[0]
    powers[1] += sums[1]
    product += sums[2]
  }

  /// What is odd about the channels; `nil` for nothing, and for clips without sound.
  var warning: RestyleWarning? {
    let (least, most) = (min(powers[0], powers[1]), max(powers[0], powers[1]))
    guard most > 0 else { return nil }
    if least < Self.silentShare * most { return .channelIsSilent(channel: powers[0] < powers[1] ? 0 : 1) }
    return product < Self.inverseCorrelation * (least * most).squareRoot() ? .channelsAreInverse : nil
  }
}
