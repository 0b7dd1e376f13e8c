import AdaIN
import Testing

@testable import func TensorFiles.float

@Suite struct StoredArrayTests {
  @Test func everyHalfPrecisionPatternIsReadExactly() {
    for bits in UInt16.min ... .max {
      let ours = float(half: bits)
      let theirs = Float(Float16(bitPattern: bits))
      if theirs.isNaN {
        #expect(ours.isNaN)
      } else {
        #expect(ours.bitPattern == theirs.bitPattern, "pattern \(bits)")
      }
    }
  }

  @Test func bytesAreLittleEndianAndRowMajor() throws {
    #expect(try StoredArray([1, -2] as [Float]).bytes == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    #expect(try StoredArray(integers: [0x0102, -1] as [Int16]).bytes == [2, 1, 0xFF, 0xFF])
    let tensor = try Tensor3<Double>([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    let array = StoredArray(tensor)
    #expect(array.shape == [2, 2, 2] && array.dtype == .f64 && array.count == 8)
    #expect(try array.tensor(as: Double.self) == tensor)
    #expect(try array.values(as: Float.self) == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test func integerTypesKeepTheirWidth() throws {
    func check<I: FixedWidthInteger>(_ type: I.Type, _ dtype: ElementType) throws {
      let values: [I] = [.min, .max, 0, 1]
      let array = try StoredArray(integers: values)
      #expect(array.dtype == dtype)
      #expect(try array.integers(as: I.self) == values)
      #expect(try array.values(as: Double.self) == values.map { Double($0) })
    }
    try check(Int8.self, .i8)
    try check(UInt8.self, .u8)
    try check(Int16.self, .i16)
    try check(UInt16.self, .u16)
    try check(Int32.self, .i32)
    try check(UInt32.self, .u32)
    try check(Int64.self, .i64)
    try check(UInt64.self, .u64)
    try check(Int.self, .i64)
  }

  @Test func fewerAxesBecomeATensor() throws {
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    #expect(try StoredArray(values, shape: [2, 3]).tensor(as: Float.self).shape == TensorShape(1, 2, 3))
    #expect(try StoredArray(values).tensor(as: Float.self).shape == TensorShape(1, 1, 6))
    let error = #expect(throws: InterchangeError.self) {
      try StoredArray(values, shape: [1, 1, 2, 3]).tensor(as: Float.self)
    }
    #expect(error?.expected == "a shape of 1 to 3 axes, [N, C, L]")
    #expect(error?.found == "shape [1, 1, 2, 3]")
  }

  @Test func roundingIsToNearestAndBeyondRangeInfinite() throws {
    let array = try StoredArray([1 + 0x1p-25, 1e40, -.infinity, .nan] as [Double])
    let values = try array.values(as: Float.self)
    #expect(values[0] == 1 && values[1] == .infinity && values[2] == -.infinity && values[3].isNaN)
  }

  @Test func valuesThatDoNotFitAreNamed() throws {
    #expect(
      throws: InterchangeError(
        .conversion, source: "array", expected: "values that fit Int8", found: "128 in element 1")
    ) { try StoredArray(integers: [127, 128] as [Int32]).integers(as: Int8.self) }
    let wild = try StoredArray(dtype: .bool, shape: [2], bytes: [1, 2])
    #expect(
      throws: InterchangeError(
        .conversion, source: "array", expected: "0 or 1 in BOOL element 1", found: "2")
    ) { try wild.booleans() }
    #expect(
      throws: InterchangeError(
        .shape, source: "array", expected: "24 bytes for F32 of shape [2, 3]", found: "20 bytes")
    ) { try StoredArray([1, 2, 3, 4, 5] as [Float], shape: [2, 3]) }
    #expect(throws: InterchangeError.self) {
      try StoredArray(dtype: .u8, shape: [1 << 40, 1 << 40], bytes: [])
    }
    #expect(throws: InterchangeError.self) { try StoredArray(dtype: .u8, shape: [-1], bytes: []) }
  }
}
