/// A compressor with a soft knee: how its gain follows from the level of an envelope.
///
/// With the level's distance d over the threshold, the ratio R and the half width w of the knee,
///
///     g = (1/R − 1) · (d + w)² / 4w    within the knee, |d| < w,
///     g = (1/R − 1) · max(0, d)        outside
///
/// (Giannoulis, Massberg and Reiss 2012, with the knee's width 2w).
struct Compressor: Hashable, Sendable {
  /// Which of ``EnvelopeMeter/times`` it follows.
  let envelope: Int
  /// The threshold in dB.
  let threshold: Float
  /// By how many dB the input rises for 1 dB of the output, above the threshold.
  let ratio: Float

  /// Half the width of the knee in dB.
  private static let knee: Float = 4.25

  /// The gain in dB at a level in dB.
  @inline(__always)
  func gain(atLevel level: Float) -> Float {
    let distance = level - threshold
    let inKnee = (distance + Self.knee) * (distance + Self.knee) / (4 * Self.knee)
    let over = abs(distance) < Self.knee ? inKnee : max(0, distance)
    return over * (1 / ratio - 1)
  }
}
