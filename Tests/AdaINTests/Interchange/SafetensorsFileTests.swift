import AdaIN
import Foundation
import Testing

@Suite struct SafetensorsFileTests {
  /// A file of three arrays and two strings.
  static func example() throws -> SafetensorsFile {
    var file = SafetensorsFile(source: "example")
    file.metadata = ["format_version": "1", "note": "a \"quoted\" line\n𝄞 \u{1}"]
    file["mean"] = try StoredArray([1.5, -2.25, 0.125] as [Float])
    file["count"] = try StoredArray(integers: [3, 4] as [Int64])
    file["flags"] = try StoredArray(booleans: [true, false, true], shape: [3, 1])
    return file
  }

  /// Puts a header and data together as a file's bytes.
  static func bytes(_ header: String, data: [UInt8] = []) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
  }

  @Test func theBytesAreTheFormats() throws {
    var file = SafetensorsFile()
    file.metadata = ["b": "2", "a": "1"]
    file["x"] = try StoredArray([1] as [Float])
    file["a"] = try StoredArray(integers: [1, 2] as [UInt8], shape: [1, 2])
    file["w"] = try StoredArray([2] as [Double], shape: [])
    let header =
      #"{"__metadata__":{"a":"1","b":"2"},"a":{"dtype":"U8","shape":[1,2],"data_offsets":[12,14]},"#
      + #""w":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let data: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0x3F, 1, 2]
    #expect(try file.encoded() == Self.bytes(padded, data: data))
    #expect(padded.utf8.count % 8 == 0)
  }

  @Test func readingGivesBackWhatWasWritten() throws {
    let file = try Self.example()
    let bytes = try file.encoded()
    let again = try SafetensorsFile(bytes: bytes)
    #expect(again == file)
    #expect(again.metadata == file.metadata)
    #expect(again.names == ["count", "flags", "mean"])
    #expect(try again.values("mean", as: Float.self) == [1.5, -2.25, 0.125])
    #expect(try again.integers("count", as: Int.self) == [3, 4])
    #expect(try again.array("flags").booleans() == [true, false, true])
    #expect(try again.array("flags").shape == [3, 1])
    #expect(try again.encoded() == bytes)
  }

  @Test func theOrderOfInsertionDoesNotReachTheBytes() throws {
    var backwards = SafetensorsFile()
    let file = try Self.example()
    for name in file.names.reversed() { backwards[name] = file[name] }
    for key in file.metadata.keys.sorted().reversed() { backwards.metadata[key] = file.metadata[key] }
    #expect(try backwards.encoded() == file.encoded())
  }

  @Test func anEmptyFileIsValid() throws {
    let empty = try SafetensorsFile(bytes: Self.bytes("{}"))
    #expect(empty.names.isEmpty && empty.metadata.isEmpty)
    #expect(try SafetensorsFile(bytes: empty.encoded()) == empty)
  }

  @Test func unknownMembersOfAnEntryAreWrittenBack() throws {
    let header =
      #"{"a":{"layout":{"deep":[1,-2.5e-3,null,true,false,"x"]},"dtype":"U8","shape":[2],"data_offsets":[0,2],"é":1}}"#
    var file = try SafetensorsFile(bytes: Self.bytes(header, data: [7, 8]))
    let text = String(decoding: try file.encoded().dropFirst(8), as: UTF8.self)
    #expect(text.contains(#""layout":{"deep":[1,-2.5e-3,null,true,false,"x"]},"é":1}"#))
    #expect(try SafetensorsFile(bytes: file.encoded()) == file)
    file["a"] = nil
    #expect(try String(decoding: file.encoded().dropFirst(8), as: UTF8.self) == "{}      ")
  }

  @Test func escapesAndWhiteSpaceAreRead() throws {
    let header =
      "{ \"__metadata__\" : { \"\\u00e9\\uD834\\uDD1E\\/\\b\\f\\n\\r\\t\\\\\\\"\" : \"\" } ,\n\t\"a\":"
      + "{\"dtype\":\"U8\",\"shape\":[ ],\"data_offsets\":[ 0 , 1 ]} }  \r\n "
    let file = try SafetensorsFile(bytes: Self.bytes(header, data: [9]))
    #expect(file.metadata == ["é𝄞/\u{8}\u{C}\n\r\t\\\"": ""])
    #expect(try file.integers("a", as: UInt8.self) == [9])
  }

  @Test func filesAreWrittenWholeOrNotAtAll() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("st-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let target = folder.appendingPathComponent("a b.safetensors")
    let file = try Self.example()
    try Data([1, 2, 3]).write(to: target)
    try file.write(to: target)
    #expect(try [UInt8](Data(contentsOf: target)) == file.encoded())
    #expect(try SafetensorsFile(contentsOf: target) == file)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a b.safetensors"])

    // A folder stands in the way of the rename: the target stays and nothing is left beside it.
    let blocked = folder.appendingPathComponent("blocked")
    try FileManager.default.createDirectory(
      at: blocked.appendingPathComponent("inside"), withIntermediateDirectories: true)
    let error = #expect(throws: InterchangeError.self) { try file.write(to: blocked) }
    #expect(error?.reason == .unwritable)
    #expect(error?.source == blocked.path)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
        "a b.safetensors", "blocked",
      ])
    #expect(throws: InterchangeError.self) { try file.write(to: folder.appendingPathComponent("none/x")) }
  }

  @Test func placesThatAreNoFilesAreNamed() throws {
    let folder = FileManager.default.temporaryDirectory
    let missing = folder.appendingPathComponent("no-\(UUID().uuidString).safetensors")
    let error = #expect(throws: InterchangeError.self) { try SafetensorsFile(contentsOf: missing) }
    #expect(error?.reason == .unreadable)
    #expect(error?.description.hasPrefix("\(missing.path): expected a readable file, found ") == true)
    let noFile = #expect(throws: InterchangeError.self) { try SafetensorsFile(contentsOf: folder) }
    #expect(noFile?.found == "a folder")
  }

  @Test func conversionsNameFileKeyAndTypes() throws {
    let file = try Self.example()
    #expect(
      throws: InterchangeError(
        .conversion, source: "example", key: "flags",
        expected: "a floating-point or integer type to read as Float",
        found: "BOOL")
    ) { try file.values("flags", as: Float.self) }
    #expect(
      throws: InterchangeError(
        .missingKey, source: "example", key: "meen", expected: "a tensor of that name",
        found: "the names count, flags, mean")
    ) { try file.tensor("meen", as: Double.self) }
    let text = String(
      describing: try #require(throws: InterchangeError.self) { try file.integers("mean", as: Int.self) })
    #expect(text == "example, key \"mean\": expected an integer type to read as Int, found F32")
  }
}
