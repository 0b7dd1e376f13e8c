import Foundation
import SoundFiles

/// What a folder and the folders below it hold, apart from hidden files; links are followed, but never in a circle.
struct FolderWalk {
  /// The files with one of the extensions, relative to the folder.
  ///
  /// A folder that cannot be read is listed itself, so that opening it fails; the empty name is that of the folder that
  /// the walk starts from. So is a folder with such files whose name is not UTF-8.
  private(set) var names: [String] = []
  /// The files with another extension, and pipes, devices and sockets with one of the extensions.
  private(set) var leftOut: [String] = []
  /// The files with one of the extensions inside the folder that is passed over.
  private(set) var passedOver: [String] = []

  private let suffixes: Set<String>
  private let exception: [UInt64]?
  private var open: Set<[UInt64]> = []

  /// Walks through a folder.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - suffixes: The extensions of wanted files, in lower case.
  ///   - exception: A folder that is passed over where it lies below `folder`.
  init(_ folder: String, suffixes: Set<String>, except exception: String? = nil) {
    self.suffixes = suffixes
    self.exception = exception.flatMap { Self.identity($0.isEmpty ? "." : $0) }
    visit(Array((folder.isEmpty ? "." : folder).utf8), below: "", isPassedOver: false)
  }

  /// Walks through a folder whose path is given as bytes, since it need not be UTF-8.
  private mutating func visit(_ path: [UInt8], below name: String, isPassedOver: Bool) {
    guard let (identity, entries) = Self.entries(path) else {
      if !isPassedOver { names.append(name) }
      return
    }
    guard open.insert(identity).inserted else { return }
    defer { open.remove(identity) }
    let isPassedOver = isPassedOver || (!name.isEmpty && identity == exception)
    for entry in entries {
      let below = Paths.join(name, entry.name)
      let isWanted = suffixes.contains(Paths.suffix(entry.name).lowercased())
      switch entry.kind {
      case .folder:
        let count = names.count
        visit(path + [UInt8(ascii: "/")] + entry.bytes, below: below, isPassedOver: isPassedOver)
        if !entry.isUTF8, names.count > count {
          names.removeSubrange(count...)
          names.append(below)
        }
      // Opening a link that leads nowhere says so.
      case .file where isWanted, .unknown where isWanted:
        if isPassedOver { passedOver.append(below) } else { names.append(below) }
      case .file, .other:
        if !isPassedOver, isWanted || entry.kind == .file { leftOut.append(below) }
      case .unknown: break
      }
    }
  }
}

extension FolderWalk {
  private enum Kind {
    case folder, file
    /// A pipe, a device or a socket.
    case other
    /// A link that leads nowhere.
    case unknown
  }

  /// An entry of a folder.
  private struct Entry {
    var bytes: [UInt8]
    var kind: Kind

    var isUTF8: Bool { Array(String(decoding: bytes, as: UTF8.self).utf8) == bytes }

    /// The name as text.
    ///
    /// In a name that is not UTF-8, U+FFFD and two digits stand for each byte that is not ASCII. It cannot be opened.
    var name: String {
      guard !isUTF8 else { return String(decoding: bytes, as: UTF8.self) }
      return bytes.map { byte in
        byte < 0x80
          ? String(UnicodeScalar(byte)) : "\u{FFFD}" + String(byte, radix: 16, uppercase: true)
      }.joined()
    }
  }

  /// The device and the number of a folder, and its entries that are not hidden; `nil` where not all of it can be read.
  private static func entries(_ path: [UInt8]) -> (identity: [UInt64], entries: [Entry])? {
    guard let folder = unsafe opendir(cString(path)) else { return nil }
    defer { unsafe closedir(folder) }
    let descriptor = unsafe dirfd(folder)
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    let identity = identity(status)
    var entries: [Entry] = []
    while true {
      // The end and an error give the same result, but the end keeps this number.
      errno = 0
      guard let entry = unsafe readdir(folder) else { return errno == 0 ? (identity, entries) : nil }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      guard name.first != UInt8(ascii: ".") else { continue }
      let isFolder = unsafe Int(entry.pointee.d_type) == Int(DT_DIR)
      entries.append(Entry(bytes: name, kind: kind(of: name, in: descriptor, isFolder: isFolder)))
    }
  }

  /// The kind of an entry.
  ///
  /// What cannot be looked at, as its path is too long or its folder closed, counts as a folder: it is then listed.
  private static func kind(of name: [UInt8], in folder: Int32, isFolder: Bool) -> Kind {
    var status = stat()
    guard unsafe fstatat(folder, cString(name), &status, 0) == 0 else {
      return isFolder || ![ENOENT, ELOOP].contains(errno) ? .folder : .unknown
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    default: return .other
    }
  }

  private static func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? identity(status) : nil
  }

  private static func identity(_ status: stat) -> [UInt64] {
    [UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)]
  }

  private static func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
