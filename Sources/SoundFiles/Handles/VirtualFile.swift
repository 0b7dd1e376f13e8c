import CSndfile
import Foundation

/// A file as libsndfile reads or writes it: the base of the views of real files.
///
/// All reading and writing of the library passes through this class, so that no failure is lost, even if the library
/// ignores it.
class VirtualFile {
  /// The offset of the next byte.
  final var position = 0
  /// The system's error number of the first failure, or nil.
  final private(set) var failure: Int32?

  /// The length in bytes; nil where it is hidden.
  var length: Int? { 0 }

  /// Fills a buffer from the position on, as far as the file reaches, and returns the number of bytes.
  func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }

  /// Writes a buffer at the position, and returns the number of bytes that were taken.
  func write(_ buffer: UnsafeRawBufferPointer) -> Int { 0 }

  /// Notes a failure of the system by its error number; the first one is kept.
  final func fail(_ number: Int32) { failure = failure ?? number }

  /// The callbacks for libsndfile; their `data` points to an object of this type.
  static let callbacks = unsafe SF_VIRTUAL_IO(
    get_filelen: { data in unsafe VirtualFile.from(data)?.length.map { sf_count_t($0) } ?? sf_count_t.max },
    seek: { offset, whence, data in
      guard let file = unsafe VirtualFile.from(data) else { return -1 }
      let base: Int
      switch whence {
      case SEEK_SET: base = 0
      case SEEK_CUR: base = file.position
      default:
        guard let length = file.length else { return -1 }
        base = length
      }
      let target = FileNumber(base) + FileNumber(clamping: offset)
      guard target >= 0 else { return -1 }
      file.position = target.value
      return sf_count_t(target.value)
    },
    read: { buffer, count, data in
      guard let file = unsafe VirtualFile.from(data), count > 0 else { return 0 }
      let got = unsafe file.read(UnsafeMutableRawBufferPointer(start: buffer, count: Int(count)))
      file.position += got
      return sf_count_t(got)
    },
    write: { buffer, count, data in
      guard let file = unsafe VirtualFile.from(data), count > 0 else { return 0 }
      let done = unsafe file.write(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
      file.position += done
      return sf_count_t(done)
    },
    tell: { data in unsafe sf_count_t(VirtualFile.from(data)?.position ?? -1) })

  // SAFETY: libsndfile passes back the pointer of `SoundFileHandle`, which keeps the object until after `sf_close`.
  private static func from(_ data: UnsafeMutableRawPointer?) -> VirtualFile? {
    unsafe data.map { unsafe Unmanaged<VirtualFile>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// A view of a file for libsndfile: parts of the file, one after the other, with some bytes replaced.
///
/// With views, lengths in headers are corrected, bytes that are not sound are left out, and each link of a chain is a
/// file of its own, without a copy. An open file belongs to the caller.
final class FileView: VirtualFile {
  private let store: ByteStore
  private let layout: FileLayout
  private let hidesLength: Bool
  private let total: Int
  private let starts: [Int]

  init(_ store: ByteStore, _ layout: FileLayout, hidesLength: Bool = false) {
    self.store = store
    self.layout = layout
    self.hidesLength = hidesLength
    var starts: [Int] = []
    var total: FileNumber = 0
    for piece in layout.pieces {
      starts.append(total.value)
      total += FileNumber(piece.count)
    }
    self.starts = starts
    self.total = total.value
  }

  override var length: Int? { hidesLength ? nil : total }

  override func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    var index = pieceIndex(at: position)
    while done < buffer.count, index < layout.pieces.count {
      let place = position + done - starts[index]
      let wanted = min(buffer.count - done, layout.pieces[index].count - place)
      guard wanted > 0 else {
        index += 1
        continue
      }
      let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + wanted])
      let got: Int
      switch layout.pieces[index] {
      case .bytes(let bytes):
        unsafe target.copyBytes(from: bytes[place..<place + wanted])
        got = wanted
      case .file(let range):
        got = unsafe store.read(target, at: range.lowerBound + place)
        if got < 0 { fail(errno) }
      }
      guard got > 0 else { break }
      done += got
      if got < wanted { break }
    }
    for patch in layout.patches { unsafe apply(patch, to: buffer, count: done) }
    return done
  }

  /// The bytes at an offset of the view, fewer where it ends.
  func bytes(at offset: FileNumber, count: Int) -> [UInt8] {
    guard offset >= 0, offset < FileNumber(total), count > 0 else { return [] }
    position = offset.value
    return unsafe [UInt8](unsafeUninitializedCapacity: min(count, total - offset.value)) { buffer, filled in
      filled = unsafe read(UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private func pieceIndex(at place: Int) -> Int {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= place { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  private func apply(_ patch: FileLayout.Patch, to buffer: UnsafeMutableRawBufferPointer, count: Int) {
    let first = max(patch.offset, position)
    let last = min(patch.offset + patch.bytes.count, position + count)
    guard first < last else { return }
    for place in first..<last { unsafe buffer[place - position] = patch.bytes[place - patch.offset] }
  }
}

/// The layout of a ``FileView``: its pieces, and patches on them.
struct FileLayout: Hashable, Sendable {
  /// A piece of a view.
  enum Piece: Hashable, Sendable {
    /// A range of the file's bytes.
    case file(Range<Int>)
    /// Bytes that are not in the file.
    case bytes([UInt8])

    var count: Int {
      switch self {
      case .file(let range): range.count
      case .bytes(let bytes): bytes.count
      }
    }
  }

  /// Bytes that replace others; the offset counts from the start of the view.
  struct Patch: Hashable, Sendable {
    var offset: Int
    var bytes: [UInt8]
  }

  var pieces: [Piece]
  var patches: [Patch] = []

  /// Creates the layout of a range of the file's bytes.
  init(_ range: Range<Int>) { pieces = [.file(range)] }

  init(_ pieces: [Piece]) { self.pieces = pieces }

  /// Leaves out the file's bytes from an offset of the file on.
  mutating func cut(to end: Int) {
    pieces = pieces.map { piece in
      guard case .file(let range) = piece else { return piece }
      return .file(min(range.lowerBound, end)..<min(range.upperBound, end))
    }
  }

  /// The pieces of ranges of the view, without patches, and of bytes of their own.
  func pieces(of parts: [Piece]) -> [Piece] {
    parts.flatMap { part in
      if case .file(let range) = part { pieces(in: range) } else { [part] }
    }
  }

  /// The pieces of a range of the view, without patches.
  func pieces(in range: Range<Int>) -> [Piece] {
    var found: [Piece] = []
    var start: FileNumber = 0
    for piece in pieces {
      let first = max(0, FileNumber(range.lowerBound) - start).value
      let last = min(FileNumber(piece.count), FileNumber(range.upperBound) - start).value
      start += FileNumber(piece.count)
      guard first < last else { continue }
      switch piece {
      case .file(let part): found.append(.file(part.lowerBound + first..<part.lowerBound + last))
      case .bytes(let bytes): found.append(.bytes(Array(bytes[first..<last])))
      }
    }
    return found
  }

  /// Replaces a number in a header.
  mutating func patch(_ number: FileNumber, at offset: FileNumber, count: Int, bigEndian: Bool) {
    patch(HeaderBytes.bytes(of: number, count: count, bigEndian: bigEndian), at: offset)
  }

  /// Replaces bytes.
  mutating func patch(_ bytes: [UInt8], at offset: FileNumber) {
    patches.append(Patch(offset: offset.value, bytes: bytes))
  }
}
