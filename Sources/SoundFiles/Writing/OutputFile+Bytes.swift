import Foundation

extension OutputFile {
  /// Appends bytes to the file.
  ///
  /// - Throws: ``SoundFileError`` of kind `inputOutput`.
  public func write(_ bytes: [UInt8]) throws(SoundFileError) {
    guard unsafe bytes.withUnsafeBytes({ unsafe FileBytes.write($0, to: descriptor) }) else {
      throw .cannotWrite(path, SoundFileError.text(errno))
    }
  }

  /// The number of bytes so far; nil where the system does not say.
  var byteCount: Int? {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(clamping: status.st_size) : nil
  }

  /// Writes a whole file, which appears when all bytes are there.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - path: Where the file shall appear; `-` is standard output.
  ///   - overwrites: Whether an existing file may be replaced.
  /// - Throws: ``SoundFileError`` of kind `cannotCreate` or `inputOutput`.
  public static func write(_ bytes: [UInt8], to path: String, overwrites: Bool = false) throws(SoundFileError)
  {
    let file = try OutputFile(path: path, overwrites: overwrites)
    try file.write(bytes)
    try file.commit()
  }
}
