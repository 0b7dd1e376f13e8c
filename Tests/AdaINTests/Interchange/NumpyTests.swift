import AdaIN
import Foundation
import Testing

/// Files made by NumPy (`Scripts/fixtures/adain_numpy.py`), and files handed to it.
@Suite struct NumpyTests {
  static let wave = (0..<24).map { Double($0) * 0.37 - 4.2 }

  @Test(arguments: ["python.npz", "python-compressed.npz"])
  func everyTypeOfNumpysArchivesIsRead(name: String) throws {
    let file = try NpzFile(contentsOf: Fixtures.url(name))
    func array(_ name: String) throws -> StoredArray { try #require(file[name]) }
    #expect(file.names.count == (name == "python.npz" ? 30 : 28))
    #expect(try array("f2").shape == [2, 3, 4] && array("f2").values() == Self.wave.map { Float16($0) })
    #expect(try array("f4").shape == [4, 6] && array("f4").values() == Self.wave.map { Float($0) })
    #expect(try array("f8").values() == Self.wave)
    func integers<I: FixedWidthInteger>(_ type: I.Type, _ code: String, _ dtype: DType) throws {
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

  @Test(.enabled(if: Python.has("numpy"), "needs Python with numpy"))
  func numpyReadsWhatIsWrittenHere() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("np-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (npy, npz) = (folder.appendingPathComponent("x.npy"), folder.appendingPathComponent("x.npz"))
    try StoredArray(Self.wave, shape: [2, 3, 4]).write(npy: npy, fortranOrder: true)
    var file = NpzFile()
    file["f2"] = try StoredArray(Self.wave.map { Float16($0) }, shape: [4, 6])
    file["f4 ü"] = try StoredArray(Self.wave.map { Float($0) })
    file["i2"] = try StoredArray(integers: [Int16.min, .max])
    file["u8"] = try StoredArray(integers: [UInt64.max], shape: [])
    file["b1"] = try StoredArray(booleans: [true, false])
    file["empty"] = try StoredArray([] as [Float], shape: [0, 4])
    try file.write(to: npz)
    let script = """
      import sys, numpy as np
      wave = np.arange(24) * 0.37 - 4.2
      x = np.load(sys.argv[1], allow_pickle=False)
      assert x.flags.f_contiguous and np.array_equal(x, wave.reshape(2, 3, 4)) and x.dtype == np.float64
      z = np.load(sys.argv[2], allow_pickle=False)
      assert sorted(z.files) == sorted(["f2", "f4 ü", "i2", "u8", "b1", "empty"]), z.files
      assert np.array_equal(z["f2"], wave.astype(np.float16).reshape(4, 6)) and z["f2"].dtype == np.float16
      assert np.array_equal(z["f4 ü"], wave.astype(np.float32))
      assert z["i2"].tolist() == [-32768, 32767] and z["i2"].dtype == np.int16
      assert z["u8"].shape == () and z["u8"] == 2**64 - 1 and z["u8"].dtype == np.uint64
      assert z["b1"].tolist() == [True, False] and z["b1"].dtype == bool
      assert z["empty"].shape == (0, 4)
      import zipfile
      assert zipfile.ZipFile(sys.argv[2]).testzip() is None
      """
    let result = try Python.run(script, [npy.path, npz.path])
    #expect(result.status == 0, "\(result.output)")
  }
}
