import AdaIN
import Foundation
import TestSupport
import Testing

/// Files made by Python's own library (`Scripts/fixtures/adain_safetensors.py`), and files handed to it.
@Suite struct SafetensorsPythonTests {
  /// The values that the generator writes for floating-point types.
  static let wave = (0..<24).map { Double($0) * 0.37 - 4.2 }

  @Test func everyTypeOfAPythonFileIsRead() throws {
    let file = try SafetensorsFile(contentsOf: Fixtures.url("python.safetensors"))
    #expect(file.metadata == ["format": "pt", "title": "Straße \"A\" \\ 𝄞\t\n", "": "empty key"])
    #expect(file.names.count == 19)
    #expect(try file.tensor("f64", as: Double.self).shape == TensorShape(2, 3, 4))
    #expect(try file.values("f64", as: Double.self) == Self.wave)
    #expect(try file.values("f32", as: Float.self) == Self.wave.map { Float($0) })
    #expect(try file.array("f16").shape == [4, 6])
    #expect(try file.values("f16", as: Float16.self) == Self.wave.map { Float16($0) })
    #expect(try file.values("f16", as: Double.self) == Self.wave.map { Double(Float16($0)) })
    for (ours, exact) in zip(try file.values("bf16", as: Double.self), Self.wave) {
      // BF16 keeps 8 significant bits, rounded to nearest.
      #expect(abs(ours - exact) <= 0x1p-8 * abs(exact))
      #expect(Float(ours).bitPattern & 0xFFFF == 0)
    }
    let edges = try file.values("f16.edges", as: Float.self)
    #expect(edges[0].bitPattern == 0 && edges[1].bitPattern == 0x8000_0000)
    #expect(Array(edges[2..<7]) == [0x1p-24, 0x1p-14, 65504, .infinity, -.infinity] && edges[7].isNaN)
    #expect(try file.integers("i8", as: Int8.self) == Array(-4..<4))
    #expect(try file.integers("u8", as: UInt8.self) == [0, 1, 127, 128, 255])
    #expect(try file.integers("i16", as: Int16.self) == [.min, -1, 0, .max])
    #expect(try file.integers("u16", as: UInt16.self) == [0, 1, .max])
    #expect(try file.integers("i32", as: Int32.self) == [.min, -1, 0, .max])
    #expect(try file.integers("u32", as: UInt32.self) == [0, 1, .max])
    #expect(try file.integers("i64", as: Int64.self) == [.min, -1, 0, .max])
    #expect(try file.integers("u64", as: UInt64.self) == [0, 1, UInt64(Int64.max)])
    #expect(try file.array("bool").booleans() == [true, false, false, true])
    #expect(try file.array("f8_e4m3").dtype == .f8e4m3)
    #expect(try file.array("scalar").shape == [])
    #expect(try file.values("scalar", as: Float.self) == [2.5])
    #expect(try file.tensor("empty", as: Float.self).shape == TensorShape(3, 0, 2))
    #expect(try file.values("name with \"quotes\", \\ and ü\n", as: Float.self) == [7])
    #expect(try file.values("random", as: Float.self) == Fixtures.json("python-random.json"))
  }

  @Test(.enabled(if: Python.has("safetensors", "numpy"), "needs Python with safetensors and numpy"))
  func pythonReadsWhatIsWrittenHereAndTheReverse() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("py-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (ours, theirs) = (folder.appendingPathComponent("ours"), folder.appendingPathComponent("theirs"))
    var file = SafetensorsFile()
    file.metadata = ["ü": "\u{1F}\"\\/\n", "z": ""]
    file["f16"] = try StoredArray(Self.wave.map { Float16($0) }, shape: [2, 12])
    file["f32"] = try StoredArray(Self.wave.map { Float($0) }, shape: [4, 3, 2])
    file["f64"] = try StoredArray(Self.wave)
    file["i8"] = try StoredArray(integers: [Int8.min, .max])
    file["u8"] = try StoredArray(integers: [UInt8.min, .max])
    file["i16"] = try StoredArray(integers: [Int16.min, .max])
    file["u16"] = try StoredArray(integers: [UInt16.min, .max])
    file["i32"] = try StoredArray(integers: [Int32.min, .max])
    file["u32"] = try StoredArray(integers: [UInt32.min, .max])
    file["i64"] = try StoredArray(integers: [Int64.min, .max])
    file["u64"] = try StoredArray(integers: [UInt64.min, .max])
    file["bool"] = try StoredArray(booleans: [true, false, true])
    file["scalar \u{1} ü"] = try StoredArray([0.1] as [Double], shape: [])
    file["empty"] = try StoredArray([] as [Float], shape: [0, 4])
    try file.write(to: ours)
    let script = """
      import sys, numpy as np
      from safetensors import safe_open
      from safetensors.numpy import load_file, save_file
      a = load_file(sys.argv[1])
      wave = np.arange(24) * 0.37 - 4.2
      assert np.array_equal(a["f16"], wave.astype(np.float16).reshape(2, 12))
      assert np.array_equal(a["f32"], wave.astype(np.float32).reshape(4, 3, 2))
      assert np.array_equal(a["f64"], wave) and a["f64"].dtype == np.float64
      for bits in (8, 16, 32, 64):
        for kind in ("int", "uint"):
          t = np.dtype(f"{kind}{bits}")
          x = a[f"{kind[0]}{bits}"]
          assert x.dtype == t and x.tolist() == [np.iinfo(t).min, np.iinfo(t).max], (t, x)
      assert a["bool"].tolist() == [True, False, True] and a["bool"].dtype == bool
      assert a["scalar \\x01 ü"].shape == () and a["scalar \\x01 ü"] == 0.1
      assert a["empty"].shape == (0, 4) and len(a) == 14
      m = safe_open(sys.argv[1], "np").metadata()
      assert m == {"ü": "\\x1f\\"\\\\/\\n", "z": ""}, m
      save_file(a, sys.argv[2], metadata=m)
      """
    let result = try Python.run(script, [ours.path, theirs.path])
    #expect(result.status == 0, "\(result.output)")
    #expect(try SafetensorsFile(contentsOf: theirs) == file)
  }

  /// Types that NumPy does not have go through PyTorch, byte for byte.
  @Test(.enabled(if: Python.has("safetensors", "torch"), "needs Python with safetensors and torch"))
  func pytorchReadsTheTypesThatNumPyLacks() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (ours, theirs) = (folder.appendingPathComponent("ours"), folder.appendingPathComponent("theirs"))
    var file = SafetensorsFile()
    file["bf16"] = try StoredArray(dtype: .bf16, shape: [2], bytes: [0x80, 0x3F, 0x20, 0xC0])
    file["f8_e4m3"] = try StoredArray(dtype: .f8e4m3, shape: [2], bytes: [0x38, 0xC2])
    file["f8_e5m2"] = try StoredArray(dtype: .f8e5m2, shape: [2], bytes: [0x3C, 0xC1])
    file["c64"] = try StoredArray(dtype: .c64, shape: [1], bytes: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    try file.write(to: ours)
    let script = """
      import sys, torch
      from safetensors.torch import load_file, save_file
      a = load_file(sys.argv[1])
      assert a["bf16"].dtype == torch.bfloat16 and a["bf16"].tolist() == [1, -2.5]
      assert a["f8_e4m3"].dtype == torch.float8_e4m3fn and a["f8_e4m3"].float().tolist() == [1, -2.5]
      assert a["f8_e5m2"].dtype == torch.float8_e5m2 and a["f8_e5m2"].float().tolist() == [1, -2.5]
      assert a["c64"].dtype == torch.complex64 and a["c64"].tolist() == [1 + 2j]
      save_file(a, sys.argv[2])
      """
    let result = try Python.run(script, [ours.path, theirs.path])
    #expect(result.status == 0, "\(result.output)")
    let again = try SafetensorsFile(contentsOf: theirs)
    #expect(again == file)
    #expect(try again.values("bf16", as: Float.self) == [1, -2.5])
  }
}
