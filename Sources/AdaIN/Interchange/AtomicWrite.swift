import Foundation

/// Writes a file whole or not at all: into a temporary file beside it, which is then renamed.
///
/// A failure leaves an existing file as it was and removes the temporary file.
func writeAtomically(_ pieces: some Sequence<[UInt8]>, to url: URL) throws(InterchangeError) {
  let name = ".\(url.lastPathComponent).\(UInt64.random(in: .min ... .max)).partial"
  let temporary = url.deletingLastPathComponent().appendingPathComponent(name)
  do {
    try Data().write(to: temporary, options: .withoutOverwriting)
    let handle = try FileHandle(forWritingTo: temporary)
    for piece in pieces where !piece.isEmpty {
      try handle.write(contentsOf: piece)
    }
    try handle.synchronize()
    try handle.close()
    guard unsafe rename(temporary.path, url.path) == 0 else {
      throw CocoaError(
        .fileWriteUnknown, userInfo: [NSLocalizedDescriptionKey: unsafe String(cString: strerror(errno))])
    }
  } catch {
    try? FileManager.default.removeItem(at: temporary)
    throw InterchangeError(
      .unwritable, source: url.relativePath, expected: "a place to write the file",
      found: error.systemText)
  }
}
