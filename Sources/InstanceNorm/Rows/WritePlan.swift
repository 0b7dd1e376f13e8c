/// How rows are best written: past the caches, or plainly.
///
/// The limits are where measured times cross on processors with 512 KiB of second-level and 32 MiB of third-level cache.
/// Results do not depend on them.
package struct WritePlan {
  /// Whether rows are written past the caches: what would read a large result next finds little of it there anyway, and
  /// a plain store first reads the memory that it is about to overwrite.
  package let streams: Bool

  package init(rowBytes: Int, rows: Int, inPlace: Bool) {
    // A short row shares its first and last cache line with its neighbours, and those cannot be streamed.
    streams = !inPlace && rowBytes >= 8 << 10 && rowBytes * rows >= 16 << 20
  }
}
