import Foundation

/// A complex discrete Fourier transform whose length is a power of two, on split real and imaginary parts.
///
/// `X[k] = Σₙ x[n] · exp(−2πi·k·n/N)`, unscaled. The algorithm is Stockham's self-sorting
/// decimation in frequency with radix 4 (one radix-2 pass where log₂ N is odd): every pass reads one buffer
/// and writes another in natural order, so there is no bit reversal and the inner loops are contiguous.
/// Swarztrauber, "FFT algorithms for vector computers", Parallel Computing 1 (1984).
struct ComplexFFT: Sendable {
  /// The transform length N, a power of two.
  let length: Int

  /// The twiddles of all radix-4 passes, one pass after another: rows of w, w² and w³ over p (real parts here,
  /// imaginary parts below).
  let twiddleReal: ContiguousArray<Float>
  let twiddleImaginary: ContiguousArray<Float>

  init(length: Int) {
    precondition(length >= 1 && length & (length - 1) == 0, "an FFT length must be a power of two: \(length)")
    self.length = length
    var real = ContiguousArray<Float>()
    var imaginary = ContiguousArray<Float>()
    var n = length
    while n >= 4 {
      for power in 1...3 {
        for p in 0..<n / 4 {
          let angle = -2 * Double.pi * Double(power * p) / Double(n)
          real.append(Float(cos(angle)))
          imaginary.append(Float(sin(angle)))
        }
      }
      n /= 4
    }
    twiddleReal = real
    twiddleImaginary = imaginary
  }

  /// One buffer of split complex values.
  @unsafe struct Buffer {
    let real: UnsafeMutablePointer<Float>
    let imaginary: UnsafeMutablePointer<Float>
  }

  /// Transforms `a` with `b` as the second buffer, both of ``length`` values.
  ///
  /// - Returns: Whether the result is in `b`; otherwise it is in `a`.
  func transform(_ a: Buffer, _ b: Buffer) -> Bool {
    var source = unsafe a
    var target = unsafe b
    var n = length
    var stride = 1
    var offset = 0
    var inB = false
    unsafe twiddleReal.withUnsafeBufferPointer { twiddleReal in
      unsafe twiddleImaginary.withUnsafeBufferPointer { twiddleImaginary in
        while n >= 4 {
          let quarter = n / 4
          if let wr = twiddleReal.baseAddress, let wi = twiddleImaginary.baseAddress {
            let twiddles = unsafe Twiddles(real: wr + offset, imaginary: wi + offset, count: quarter)
            if stride == 1 && quarter >= 4 {
              unsafe Self.firstPass(source, target, twiddles)
            } else if stride >= 8 {
              unsafe Self.pass(source, target, twiddles, stride, SIMD8<Float>.self)
            } else if stride == 4 {
              unsafe Self.pass(source, target, twiddles, stride, SIMD4<Float>.self)
            } else {
              unsafe Self.scalarPass(source, target, twiddles, stride)
            }
          }
          offset += 3 * quarter
          n = quarter
          stride *= 4
          unsafe swap(&source, &target)
          inB.toggle()
        }
        if n == 2 {
          unsafe Self.radix2Pass(source, target, stride)
          inB.toggle()
        }
      }
    }
    return inB
  }

  /// The twiddles of one pass: three rows of `count` values.
  @unsafe private struct Twiddles {
    let real: UnsafePointer<Float>
    let imaginary: UnsafePointer<Float>
    let count: Int
  }

  // MARK: Passes

  /// A radix-4 pass whose stride is a multiple of the lane width: lanes run along the stride.
  @inline(__always)
  private static func pass<Lanes: SIMD>(
    _ source: Buffer, _ target: Buffer, _ twiddles: Twiddles, _ stride: Int, _ lanes: Lanes.Type
  ) where Lanes.Scalar == Float {
    let m = unsafe twiddles.count
    let width = Lanes.scalarCount
    for p in 0..<m {
      let (w1r, w1i) = unsafe (twiddles.real[p], twiddles.imaginary[p])
      let (w2r, w2i) = unsafe (twiddles.real[m + p], twiddles.imaginary[m + p])
      let (w3r, w3i) = unsafe (twiddles.real[2 * m + p], twiddles.imaginary[2 * m + p])
      let from = stride * p
      let to = stride * 4 * p
      for q in Swift.stride(from: 0, to: stride, by: width) {
        let ar = unsafe load(source.real, from + q, lanes)
        let ai = unsafe load(source.imaginary, from + q, lanes)
        let br = unsafe load(source.real, from + q + stride * m, lanes)
        let bi = unsafe load(source.imaginary, from + q + stride * m, lanes)
        let cr = unsafe load(source.real, from + q + 2 * stride * m, lanes)
        let ci = unsafe load(source.imaginary, from + q + 2 * stride * m, lanes)
        let dr = unsafe load(source.real, from + q + 3 * stride * m, lanes)
        let di = unsafe load(source.imaginary, from + q + 3 * stride * m, lanes)
        let (spr, spi) = (ar + cr, ai + ci)
        let (smr, smi) = (ar - cr, ai - ci)
        let (tpr, tpi) = (br + dr, bi + di)
        let (tmr, tmi) = (br - dr, bi - di)
        unsafe store(spr + tpr, target.real, to + q)
        unsafe store(spi + tpi, target.imaginary, to + q)
        let (ur, ui) = (smr + tmi, smi - tmr)
        unsafe store(ur * w1r - ui * w1i, target.real, to + q + stride)
        unsafe store(ur * w1i + ui * w1r, target.imaginary, to + q + stride)
        let (vr, vi) = (spr - tpr, spi - tpi)
        unsafe store(vr * w2r - vi * w2i, target.real, to + q + 2 * stride)
        unsafe store(vr * w2i + vi * w2r, target.imaginary, to + q + 2 * stride)
        let (xr, xi) = (smr - tmi, smi + tmr)
        unsafe store(xr * w3r - xi * w3i, target.real, to + q + 3 * stride)
        unsafe store(xr * w3i + xi * w3r, target.imaginary, to + q + 3 * stride)
      }
    }
  }

  /// The radix-4 pass of stride 1: lanes run along p, and four results of one p are written side by side.
  private static func firstPass(_ source: Buffer, _ target: Buffer, _ twiddles: Twiddles) {
    typealias Lanes = SIMD4<Float>
    let m = unsafe twiddles.count
    for p in stride(from: 0, to: m, by: 4) {
      let ar = unsafe load(source.real, p, Lanes.self)
      let ai = unsafe load(source.imaginary, p, Lanes.self)
      let br = unsafe load(source.real, p + m, Lanes.self)
      let bi = unsafe load(source.imaginary, p + m, Lanes.self)
      let cr = unsafe load(source.real, p + 2 * m, Lanes.self)
      let ci = unsafe load(source.imaginary, p + 2 * m, Lanes.self)
      let dr = unsafe load(source.real, p + 3 * m, Lanes.self)
      let di = unsafe load(source.imaginary, p + 3 * m, Lanes.self)
      let w1r = unsafe load(twiddles.real, p, Lanes.self)
      let w1i = unsafe load(twiddles.imaginary, p, Lanes.self)
      let w2r = unsafe load(twiddles.real, m + p, Lanes.self)
      let w2i = unsafe load(twiddles.imaginary, m + p, Lanes.self)
      let w3r = unsafe load(twiddles.real, 2 * m + p, Lanes.self)
      let w3i = unsafe load(twiddles.imaginary, 2 * m + p, Lanes.self)
      let (spr, spi) = (ar + cr, ai + ci)
      let (smr, smi) = (ar - cr, ai - ci)
      let (tpr, tpi) = (br + dr, bi + di)
      let (tmr, tmi) = (br - dr, bi - di)
      let (ur, ui) = (smr + tmi, smi - tmr)
      let (vr, vi) = (spr - tpr, spi - tpi)
      let (xr, xi) = (smr - tmi, smi + tmr)
      unsafe storeTransposed(
        spr + tpr, ur * w1r - ui * w1i, vr * w2r - vi * w2i, xr * w3r - xi * w3i, target.real + 4 * p)
      unsafe storeTransposed(
        spi + tpi, ur * w1i + ui * w1r, vr * w2i + vi * w2r, xr * w3i + xi * w3r, target.imaginary + 4 * p)
    }
  }

  /// A radix-4 pass of any stride, value by value; it serves the shortest lengths only.
  private static func scalarPass(_ source: Buffer, _ target: Buffer, _ twiddles: Twiddles, _ stride: Int) {
    let m = unsafe twiddles.count
    for p in 0..<m {
      for q in 0..<stride {
        let from = q + stride * p
        let (ar, ai) = unsafe (source.real[from], source.imaginary[from])
        let (br, bi) = unsafe (source.real[from + stride * m], source.imaginary[from + stride * m])
        let (cr, ci) = unsafe (source.real[from + 2 * stride * m], source.imaginary[from + 2 * stride * m])
        let (dr, di) = unsafe (source.real[from + 3 * stride * m], source.imaginary[from + 3 * stride * m])
        let (spr, spi) = (ar + cr, ai + ci)
        let (smr, smi) = (ar - cr, ai - ci)
        let (tpr, tpi) = (br + dr, bi + di)
        let (tmr, tmi) = (br - dr, bi - di)
        let products: [(Float, Float)] = [
          (smr + tmi, smi - tmr), (spr - tpr, spi - tpi), (smr - tmi, smi + tmr),
        ]
        let to = q + stride * 4 * p
        unsafe target.real[to] = spr + tpr
        unsafe target.imaginary[to] = spi + tpi
        for (row, value) in products.enumerated() {
          let (wr, wi) = unsafe (twiddles.real[row * m + p], twiddles.imaginary[row * m + p])
          unsafe target.real[to + (row + 1) * stride] = value.0 * wr - value.1 * wi
          unsafe target.imaginary[to + (row + 1) * stride] = value.0 * wi + value.1 * wr
        }
      }
    }
  }

  /// The last pass where log₂ N is odd; all its twiddles are 1.
  private static func radix2Pass(_ source: Buffer, _ target: Buffer, _ stride: Int) {
    for q in 0..<stride {
      let (ar, ai) = unsafe (source.real[q], source.imaginary[q])
      let (br, bi) = unsafe (source.real[q + stride], source.imaginary[q + stride])
      unsafe target.real[q] = ar + br
      unsafe target.imaginary[q] = ai + bi
      unsafe target.real[q + stride] = ar - br
      unsafe target.imaginary[q + stride] = ai - bi
    }
  }

  // MARK: Lanes

  @inline(__always)
  private static func load<Lanes: SIMD>(_ base: UnsafePointer<Float>, _ index: Int, _: Lanes.Type) -> Lanes {
    unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  private static func load<Lanes: SIMD>(
    _ base: UnsafeMutablePointer<Float>, _ index: Int, _: Lanes.Type
  ) -> Lanes {
    unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  private static func store<Lanes: SIMD>(
    _ lanes: Lanes, _ base: UnsafeMutablePointer<Float>, _ index: Int
  ) {
    unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: lanes, as: Lanes.self)
  }

  /// Stores the transpose of four rows of four lanes: lane 0 of each row first.
  @inline(__always)
  private static func storeTransposed(
    _ r0: SIMD4<Float>, _ r1: SIMD4<Float>, _ r2: SIMD4<Float>, _ r3: SIMD4<Float>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let a = SIMD4(lowHalf: SIMD2(r0[0], r1[0]), highHalf: SIMD2(r2[0], r3[0]))
    let b = SIMD4(lowHalf: SIMD2(r0[1], r1[1]), highHalf: SIMD2(r2[1], r3[1]))
    let c = SIMD4(lowHalf: SIMD2(r0[2], r1[2]), highHalf: SIMD2(r2[2], r3[2]))
    let d = SIMD4(lowHalf: SIMD2(r0[3], r1[3]), highHalf: SIMD2(r2[3], r3[3]))
    unsafe store(a, target, 0)
    unsafe store(b, target, 4)
    unsafe store(c, target, 8)
    unsafe store(d, target, 12)
  }
}
