import AdaIN
import Foundation
import TestSupport
import Testing

/// Files written here, opened by Python's NumPy, and what it makes of them read here again.
@Suite(.enabled(if: Python.has("numpy"), "needs Python with numpy")) struct NumpyPythonTests {
  /// An array of every type that NumPy has, with its edges.
  private func arrays() throws -> [String: StoredArray] {
    let wave = (0..<24).map { Double($0) * 0.37 - 4.2 }
    return [
      "f2": try StoredArray(wave.map { Float16($0) }, shape: [4, 6]),
      "f4": try StoredArray(wave.map { Float($0) } + [.infinity, -.infinity, -0.0]),
      "f8": try StoredArray(wave, shape: [2, 3, 4]),
      "i1": try StoredArray(integers: [Int8.min, .max]), "u1": try StoredArray(integers: [UInt8.min, .max]),
      "i2": try StoredArray(integers: [Int16.min, .max]),
      "u2": try StoredArray(integers: [UInt16.min, .max]),
      "i4": try StoredArray(integers: [Int32.min, .max]),
      "u4": try StoredArray(integers: [UInt32.min, .max]),
      "i8": try StoredArray(integers: [Int64.min, .max]),
      "u8": try StoredArray(integers: [UInt64.min, .max]),
      "b1": try StoredArray(booleans: [true, false, true]),
      "c8": try StoredArray(dtype: .c64, shape: [1], bytes: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
      "scalar ü": try StoredArray([2.5] as [Double], shape: []),
      "empty": try StoredArray([] as [Float], shape: [0, 4]),
    ]
  }

  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("np-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func archivesGoThereAndBack() throws {
    try inFolder { folder in
      var file = NpzFile()
      for (name, array) in try arrays() { file[name] = array }
      try file.write(to: folder.appendingPathComponent("ours.npz"))
      let script = """
        import sys, zipfile, numpy as np
        path = sys.argv[1] + "/"
        assert zipfile.ZipFile(path + "ours.npz").testzip() is None
        z = np.load(path + "ours.npz", allow_pickle=False)
        wave = np.arange(24) * 0.37 - 4.2
        assert len(z.files) == 15, z.files
        assert z["f2"].dtype == np.float16 and np.array_equal(z["f2"], wave.astype(np.float16).reshape(4, 6))
        assert z["f4"].dtype == np.float32 and np.array_equal(z["f4"][:24], wave.astype(np.float32))
        assert z["f4"][24:].tolist() == [np.inf, -np.inf, 0] and np.signbit(z["f4"][26])
        assert z["f8"].dtype == np.float64 and np.array_equal(z["f8"], wave.reshape(2, 3, 4))
        for size in (1, 2, 4, 8):
          for kind in "iu":
            x, t = z[f"{kind}{size}"], np.dtype(f"{kind}{size}")
            assert x.dtype == t and x.tolist() == [np.iinfo(t).min, np.iinfo(t).max], (t, x)
        assert z["b1"].tolist() == [True, False, True] and z["b1"].dtype == bool
        assert z["c8"].tolist() == [1 + 2j] and z["c8"].dtype == np.complex64
        assert z["scalar ü"].shape == () and z["scalar ü"] == 2.5 and z["empty"].shape == (0, 4)
        np.savez(path + "plain.npz", **z)
        np.savez_compressed(path + "compressed.npz", **z)
        np.savez(path + "big.npz", **{k: np.asfortranarray(v.astype(v.dtype.newbyteorder(">"))) for k, v in z.items()})
        """
      let result = try Python.run(script, [folder.path])
      #expect(result.status == 0, "\(result.output)")
      for name in ["plain", "compressed"] {
        #expect(try NpzFile(contentsOf: folder.appendingPathComponent("\(name).npz")) == file)
      }
      // asfortranarray gives a scalar an axis.
      var big = try NpzFile(contentsOf: folder.appendingPathComponent("big.npz"))
      #expect(try big["scalar ü"]?.values() == [2.5])
      big["scalar ü"] = file["scalar ü"]
      #expect(big == file)
    }
  }

  @Test(arguments: [false, true]) func singleArraysGoThereAndBack(fortranOrder: Bool) throws {
    try inFolder { folder in
      for (name, array) in try arrays() {
        try array.write(npy: folder.appendingPathComponent("\(name).npy"), fortranOrder: fortranOrder)
      }
      let script = """
        import glob, sys, numpy as np
        for path in glob.glob(sys.argv[1] + "/*.npy"):
          x = np.load(path, allow_pickle=False)
          assert x.ndim < 2 or x.size == 0 or x.flags.f_contiguous == (sys.argv[2] == "true"), path
          np.save(path.replace(".npy", ".C.npy"), np.array(x, order="C"))
          np.save(path.replace(".npy", ".F.npy"), np.array(x, order="F"))
        """
      let result = try Python.run(script, [folder.path, "\(fortranOrder)"])
      #expect(result.status == 0, "\(result.output)")
      for (name, array) in try arrays() {
        for order in ["C", "F"] {
          #expect(try StoredArray(npy: folder.appendingPathComponent("\(name).\(order).npy")) == array)
        }
      }
    }
  }
}
