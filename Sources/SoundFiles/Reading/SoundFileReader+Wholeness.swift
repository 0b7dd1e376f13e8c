extension SoundFileReader {
  /// Refuses a file that breaks off, is damaged inside or goes on with sound that is not read.
  ///
  /// Damage inside a compressed file shows only while it is decoded, so what reads to the end asks again there.
  ///
  /// - Throws: ``SoundFileError`` of kind `badData`.
  public func requireWhole() throws(SoundFileError) {
    guard info.isTruncated || info.warnings.contains(where: \.isLoss) else { return }
    let reasons =
      info.warnings.isEmpty ? "the file is damaged" : info.warnings.map(\.description).joined(separator: "; ")
    throw SoundFileError(
      .badData, path: info.path, reasons.hasPrefix(info.path) ? reasons : "\(info.path): \(reasons)")
  }
}
