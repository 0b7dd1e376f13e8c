#if arch(x86_64)
import CNearestRows

/// The search in C for x86-64 processors with AVX2: ``NearestRowsPiece``'s results, bit for bit.
///
/// This is the only file that calls it.
enum AVX2NearestRows {
  /// Fills both tables for a range of rows; false where the work is left to Swift's code.
  static func search(
    _ rows: FrameRows, _ halves: [Float], _ range: Range<Int>, _ blocks: RowBlocks,
    _ forward: inout NearestTable, _ backward: inout NearestTable
  ) -> Bool {
    guard cnr_has_avx2() else { return false }
    precondition(rows.width == blocks.width && halves.count == rows.count && range.upperBound <= rows.count)
    precondition(forward.distances.count == range.count && backward.distances.count == blocks.count)
    unsafe rows.values.withUnsafeBufferPointer { values in
      unsafe halves.withUnsafeBufferPointer { halves in
        unsafe withPointers(to: blocks) { blocks in
          unsafe withPointers(to: &forward) { forward in
            unsafe withPointers(to: &backward) { backward in
              var rows = unsafe cnr_rows(
                values: values.baseAddress, halves: halves.baseAddress, width: rows.width,
                begin: range.lowerBound, end: range.upperBound)
              unsafe cnr_search(&rows, blocks, forward, backward)
            }
          }
        }
      }
    }
    return true
  }

  private static func withPointers(
    to blocks: RowBlocks, _ body: (UnsafePointer<cnr_blocks>) -> Void
  ) {
    unsafe blocks.values.withUnsafeBytes { values in
      unsafe blocks.halves.withUnsafeBytes { halves in
        var pointers = unsafe cnr_blocks(
          values: values.baseAddress, halves: halves.baseAddress, count: blocks.count)
        unsafe body(&pointers)
      }
    }
  }

  private static func withPointers(
    to table: inout NearestTable, _ body: (UnsafePointer<cnr_nearest>) -> Void
  ) {
    unsafe table.distances.withUnsafeMutableBytes { distances in
      unsafe table.indices.withUnsafeMutableBytes { indices in
        var pointers = unsafe cnr_nearest(distances: distances.baseAddress, indices: indices.baseAddress)
        unsafe body(&pointers)
      }
    }
  }
}
#endif
