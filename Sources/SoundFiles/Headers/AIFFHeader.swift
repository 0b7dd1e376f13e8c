import Foundation

/// Corrects the length in an AIFF header.
///
/// libsndfile counts the byte that pads an odd number of 8-bit samples as a sample, in both places where the length
/// stands.
enum AIFFHeader {
  /// Writes the number of frames into the chunks COMM and SSND; false where they are not found.
  static func setFrameCount(_ frameCount: Int, frameBytes: Int, in descriptor: Int32) -> Bool {
    var offset: FileNumber = 12
    var isCommonSet = false
    while let chunk = FileBytes.read(8, from: descriptor, at: offset.value),
      let length = HeaderBytes.number(chunk, 4, 4, bigEndian: true)
    {
      switch HeaderBytes.text(chunk, 0, 4) {
      case "COMM": isCommonSet = put(FileNumber(frameCount), at: offset + 10, in: descriptor)
      case "SSND":
        let byteCount = 8 + FileNumber(frameCount) * FileNumber(frameBytes)
        return put(byteCount, at: offset + 4, in: descriptor) && isCommonSet
      default: break
      }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
    return false
  }

  private static func put(_ number: FileNumber, at offset: FileNumber, in descriptor: Int32) -> Bool {
    FileBytes.write(
      HeaderBytes.bytes(of: number, count: 4, bigEndian: true), to: descriptor, at: offset.value)
  }
}
