import Foundation

/// Corrects the length in an AIFF header.
///
/// libsndfile counts the byte that pads an odd number of 8-bit samples as a sample, in both places where the length
/// stands.
enum AIFFHeader {
  /// Writes the number of frames into the chunks COMM and SSND; false where they are not found.
  static func setFrameCount(_ frameCount: Int, frameBytes: Int, in descriptor: Int32) -> Bool {
    var offset = 12
    var isCommonSet = false
    while let chunk = bytes(8, at: offset, in: descriptor) {
      let length = chunk[4...].reduce(0) { $0 << 8 | Int($1) }
      switch HeaderProbe.text(chunk, 0, 4) {
      case "COMM": isCommonSet = put(frameCount, at: offset + 10, in: descriptor)
      case "SSND": return put(8 + frameCount * frameBytes, at: offset + 4, in: descriptor) && isCommonSet
      default: break
      }
      offset += 8 + length + length % 2
    }
    return false
  }

  private static func bytes(_ count: Int, at offset: Int, in descriptor: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe pread(descriptor, &bytes, count, off_t(offset))
    return got == count ? bytes : nil
  }

  private static func put(_ number: Int, at offset: Int, in descriptor: Int32) -> Bool {
    let value = UInt32(truncatingIfNeeded: number)
    let bytes = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    return unsafe pwrite(descriptor, bytes, 4, off_t(offset)) == 4
  }
}
