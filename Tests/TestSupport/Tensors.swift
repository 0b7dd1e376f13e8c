package import Tensors

extension Tensor3 {
  /// Row (n, c) in `Double`.
  package func doubles(_ n: Int, _ c: Int) -> [Double] { row(n, c).map { Double($0) } }

  /// All scalars in `Double`.
  package var doubles: [Double] { scalars.map { Double($0) } }

  /// Normal values, channel c scaled by 3^c about a mean of 10 · c − 5.
  package static func random(_ shape: TensorShape, seed: UInt64) throws -> Tensor3 {
    var random = SplitMix64(state: seed)
    let values = (0..<shape.count).map { index in
      let c = shape.l == 0 ? 0 : index / shape.l % shape.c
      return Scalar(random.normal() * [1, 3, 9, 0.25][c % 4] + Double(10 * c - 5))
    }
    return try Tensor3(shape: shape, scalars: values)
  }

  /// Positions `range` of every row.
  package func positions(_ range: Range<Int>) throws -> Tensor3 {
    let rows = (0..<shape.rowCount).flatMap {
      scalars[$0 * shape.l + range.lowerBound..<$0 * shape.l + range.upperBound]
    }
    return try Tensor3(shape: TensorShape(shape.n, shape.c, range.count), scalars: rows)
  }
}

/// The positions from 0 to `count` that no span holds.
package func positions(outside spans: [Range<Int>], count: Int) -> [Int] {
  var isInside = [Bool](repeating: false, count: count)
  for position in spans.joined() { isInside[position] = true }
  return isInside.indices.filter { !isInside[$0] }
}
