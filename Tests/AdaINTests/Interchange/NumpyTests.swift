import AdaIN
import Foundation
import Testing

/// Files made by NumPy (`Scripts/fixtures/adain_numpy.py`).
@Suite struct NumpyTests {
  static let wave = (0..<24).map { Double($0) * 0.37 - 4.2 }

  @Test(arguments: ["python.npz", "python-compressed.npz"])
  func arraysThatAreNotWantedAreNotUnpacked(name: String) throws {
    let whole = try NpzFile(contentsOf: Fixtures.url(name))
    let part = try NpzFile(contentsOf: Fixtures.url(name), only: ["f8", "no such name"])
    #expect(part.names == ["f8"] && part["f8"] == whole["f8"])
    #expect(try NpzFile.names(inFileAt: Fixtures.url(name)).sorted() == whole.names.sorted())
  }

  @Test(arguments: ["python.npz", "python-compressed.npz"])
  func everyTypeOfNumpysArchivesIsRead(name: String) throws {
    let file = try NpzFile(contentsOf: Fixtures.url(name))
    func array(_ name: String) throws -> StoredArray { try #require(file[name]) }
    #expect(file.names.count == (name == "python.npz" ? 30 : 28))
    #expect(try array("f2").shape == [2, 3, 4] && array("f2").values() == Self.wave.map { Float16($0) })
    #expect(try array("f4").shape == [4, 6] && array("f4").values() == Self.wave.map { Float($0) })
    #expect(try array("f8").values() == Self.wave)
    func integers<I: FixedWidthInteger>(_ type: I.Type, _ code: String, _ dtype: ElementType) throws {
      for name in [code, "big.\(code)"] {
        #expect(try array(name).dtype == dtype && array(name).integers() == [I.min, 0, 1, I.max])
      }
    }
    try integers(Int8.self, "i1", .i8)
    try integers(UInt8.self, "u1", .u8)
    try integers(Int16.self, "i2", .i16)
    try integers(UInt16.self, "u2", .u16)
    try integers(Int32.self, "i4", .i32)
    try integers(UInt32.self, "u4", .u32)
    try integers(Int64.self, "i8", .i64)
    try integers(UInt64.self, "u8", .u64)
    #expect(try array("b1").booleans() == [true, false, false, false])
    #expect(try array("c8").dtype == .c64 && array("c8").bytes == [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    #expect(try array("big.f8").shape == [2, 12] && array("big.f8").values() == Self.wave)
    #expect(try array("big.f2").values() == Self.wave.map { Float16($0) })
    #expect(try array("fortran").shape == [2, 3, 4] && array("fortran").values() == Self.wave)
    #expect(try array("scalar").shape == [] && array("scalar").values() == [2.5])
    #expect(try array("empty").shape == [3, 0, 2] && array("empty").count == 0)
    #expect(try array("long").integers() == (0..<4000).map { $0 % 251 })
    #expect(try array("näme/with spaces").values() == [Float(7)])
    if name == "python.npz" {
      for version in [2, 3] {
        #expect(try array("version\(version)").values() == [0, 1, 2, 3, 4] as [Float])
      }
    }
  }

  @Test func fortranOrderAndByteOrderAreUndone() throws {
    let array = try StoredArray(npy: Fixtures.url("fortran.npy"))
    #expect(array.shape == [3, 4, 5])
    #expect(try array.values() == (0..<60).map { Double($0) * 0.5 })
  }

  @Test func theBytesAreTheFormats() throws {
    let array = try StoredArray([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let bytes = try array.npyBytes()
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    #expect(Array(bytes[..<10]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    #expect(
      String(decoding: bytes[10..<128], as: UTF8.self) == text + String(repeating: " ", count: 58) + "\n")
    #expect(Array(bytes[128...]) == array.bytes)
    let fortran = try array.npyBytes(fortranOrder: true)
    #expect(try StoredArray([1, 4, 2, 5, 3, 6] as [Float]).bytes == Array(fortran[128...]))
    #expect(try StoredArray(npyBytes: fortran) == array && StoredArray(npyBytes: bytes) == array)
    let single = try StoredArray([1] as [Double])
    #expect(try String(decoding: single.npyBytes()[10..<128], as: UTF8.self).contains("'shape': (1,), }"))
    let bf16 = try StoredArray(dtype: .bf16, shape: [1], bytes: [0, 0])
    #expect(
      throws: InterchangeError(
        .unsupported, source: "npy", expected: "an element type that NumPy has", found: "BF16")
    ) { try bf16.npyBytes() }
  }

  @Test func archivesAreReadBackAndDeterministic() throws {
    var file = NpzFile()
    file["b"] = try StoredArray([1, 2] as [Float])
    file["a"] = try StoredArray(integers: [3] as [Int64])
    var other = NpzFile()
    other["a"] = file["a"]
    other["b"] = file["b"]
    #expect(try other.encoded() == file.encoded())
    #expect(try NpzFile(bytes: file.encoded()) == file)
    #expect(try NpzFile(bytes: NpzFile().encoded()) == NpzFile())
  }
}
