import Tensors

/// A symmetric matrix of `Double` in row-major order, with the operations that Gaussian transport needs.
struct SymmetricMatrix: Hashable, Sendable {
  let size: Int
  private(set) var values: [Double]

  /// The zero matrix.
  init(size: Int) {
    self.size = size
    values = Array(repeating: 0, count: size * size)
  }

  /// Creates a matrix from its values in row-major order, which the caller makes symmetric.
  init(size: Int, values: [Double]) {
    precondition(values.count == size * size)
    self.size = size
    self.values = values
  }

  /// Creates a matrix from values in row-major order whose opposite entries differ by rounding at most.
  ///
  /// - Throws: ShapeError where opposite entries differ by more than 1e-9 of the largest magnitude, or a value is not
  ///   finite.
  init(checking values: [Double], size: Int) throws(ShapeError) {
    self.init(size: size, values: values)
    let limit = 1e-9 * values.reduce(0) { max($0, abs($1)) }
    for i in 0..<size {
      for j in 0...i {
        let (lower, upper) = (self[i, j], self[j, i])
        // A difference with NaN or infinity is no smaller than any limit.
        guard abs(lower - upper) <= limit, lower.isFinite else {
          throw ShapeError(
            "expected a symmetric covariance of finite values, found \(lower) at (\(i), \(j)) and \(upper) at "
              + "(\(j), \(i))")
        }
        self[i, j] = lower + (upper - lower) / 2
        self[j, i] = self[i, j]
      }
    }
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * size + column] }
    set { values[row * size + column] = newValue }
  }

  /// One row.
  func row(_ i: Int) -> ArraySlice<Double> { values[i * size..<(i + 1) * size] }

  var trace: Double { (0..<size).reduce(0) { $0 + self[$1, $1] } }

  /// The sum of the squares of all entries.
  var squaredNorm: Double { values.reduce(0) { $0 + $1 * $1 } }

  /// Adds a multiple of another matrix.
  mutating func add(_ other: SymmetricMatrix, times factor: Double = 1) {
    for index in values.indices { values[index] += factor * other.values[index] }
  }

  /// Adds `factor · v vᵀ`.
  mutating func addOuterProduct(_ v: [Double], times factor: Double) {
    for i in 0..<size {
      let scaled = factor * v[i]
      for j in 0..<size { values[i * size + j] += scaled * v[j] }
    }
  }

  mutating func scale(_ factor: Double) {
    for index in values.indices { values[index] *= factor }
  }

  mutating func addToDiagonal(_ value: Double) {
    for i in 0..<size { values[i * size + i] += value }
  }

  /// The product with a vector.
  func times(_ v: [Double]) -> [Double] {
    (0..<size).map { i in (0..<size).reduce(0) { $0 + values[i * size + $1] * v[$1] } }
  }

  /// `self · inner · self`.
  func sandwich(_ inner: SymmetricMatrix) -> SymmetricMatrix {
    var result = SymmetricMatrix(size: size, values: product(product(values, inner.values), values))
    result.symmetrise()
    return result
  }

  /// The matrix with each eigenvalue λ replaced by f(λ).
  ///
  /// Eigenvalues below `size · 2⁻⁵² · (the largest)`, which rounding cannot tell from 0, become 0 first.
  func mapEigenvalues(_ f: (Double) -> Double) -> SymmetricMatrix {
    let (eigenvalues, vectors) = eigen()
    let largest = eigenvalues.reduce(0) { max($0, abs($1)) }
    let cut = Double(size) * .ulpOfOne * largest
    var result = SymmetricMatrix(size: size)
    for k in 0..<size {
      let value = f(eigenvalues[k] > cut ? eigenvalues[k] : 0)
      if value != 0 { result.addOuterProduct((0..<size).map { vectors[$0 * size + k] }, times: value) }
    }
    result.symmetrise()
    return result
  }

  /// The positive square root.
  var squareRoot: SymmetricMatrix { mapEigenvalues { $0.squareRoot() } }

  /// The inverse of the positive square root; eigenvalues of 0 stay 0.
  var inverseSquareRoot: SymmetricMatrix { mapEigenvalues { $0 > 0 ? 1 / $0.squareRoot() : 0 } }

  /// Eigenvalues, and eigenvectors as columns, by cyclic Jacobi rotations.
  ///
  /// Each sweep costs O(size³); convergence is quadratic, after about log₂(size) + 4 sweeps. Small eigenvalues are as
  /// exact as the matrix allows. Source: Golub and Van Loan, *Matrix Computations*, section 8.5.
  func eigen() -> (values: [Double], vectors: [Double]) {
    var a = values
    var v = [Double](repeating: 0, count: size * size)
    for i in 0..<size { v[i * size + i] = 1 }
    let total = squaredNorm
    guard total.isFinite else { return (Array(repeating: .nan, count: size), v) }
    for _ in 0..<60 {
      var offDiagonal = 0.0
      for i in 0..<size {
        for j in 0..<i { offDiagonal += a[i * size + j] * a[i * size + j] }
      }
      if offDiagonal <= total * 0x1p-120 { break }
      for p in 0..<size {
        for q in p + 1..<max(size, p + 1) { Self.rotate(&a, &v, size, p, q) }
      }
    }
    return ((0..<size).map { a[$0 * size + $0] }, v)
  }

  /// Rotates the plane of axes p and q so that their off-diagonal entry becomes 0.
  private static func rotate(_ a: inout [Double], _ v: inout [Double], _ size: Int, _ p: Int, _ q: Int) {
    let apq = a[p * size + q]
    if apq == 0 { return }
    let theta = (a[q * size + q] - a[p * size + p]) / (2 * apq)
    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<size {
      let (x, y) = (a[k * size + p], a[k * size + q])
      a[k * size + p] = c * x - s * y
      a[k * size + q] = s * x + c * y
    }
    for k in 0..<size {
      let (x, y) = (a[p * size + k], a[q * size + k])
      a[p * size + k] = c * x - s * y
      a[q * size + k] = s * x + c * y
    }
    a[p * size + q] = 0
    a[q * size + p] = 0
    for k in 0..<size {
      let (x, y) = (v[k * size + p], v[k * size + q])
      v[k * size + p] = c * x - s * y
      v[k * size + q] = s * x + c * y
    }
  }

  private func product(_ a: [Double], _ b: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for k in 0..<size {
        let factor = a[i * size + k]
        for j in 0..<size { result[i * size + j] += factor * b[k * size + j] }
      }
    }
    return result
  }

  /// Replaces the entries on both sides of the diagonal by their mean.
  private mutating func symmetrise() {
    for i in 0..<size {
      for j in 0..<i {
        let mean = 0.5 * (self[i, j] + self[j, i])
        self[i, j] = mean
        self[j, i] = mean
      }
    }
  }
}
