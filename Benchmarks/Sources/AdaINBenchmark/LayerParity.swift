import AdaIN
import Foundation

/// Compares AdaIN with a network's own: every layer of a file that Scripts/fixtures/adain_kokoro.py makes.
enum LayerParity {
  /// One JSON object: the number of layers and values, the largest errors over the range of a layer's output, against the
  /// network's y and against the formula in double precision, and the seconds that all layers take on one thread.
  static func json(_ url: URL) throws -> String {
    let file = try SafetensorsFile(contentsOf: url)
    let names = file.names.filter { $0.hasSuffix(".x") }.map { String($0.dropLast(2)) }
    var (values, seconds) = (0, 0.0)
    var (worst, exact) = (Error(), Error())
    for name in names {
      let x = try file.tensor("\(name).x", as: Float.self)
      let layer = AdaptiveInstanceNorm1d<Float>(x.shape.c, convention: .adainVC, device: .cpu(threads: 1))
      let style = try StyleMoments(
        gamma: file.values("\(name).gamma"), beta: file.values("\(name).beta"), batchSize: x.shape.n)
      var output = x
      try layer(x, style: style, into: &output)
      let start = DispatchTime.now().uptimeNanoseconds
      try layer(x, style: style, into: &output)
      seconds += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      values += x.shape.count
      try worst.take(name, output, file.tensor("\(name).y"))
      if file["\(name).exact"] != nil { try exact.take(name, output, file.tensor("\(name).exact")) }
    }
    return
      "{\"layers\":\(names.count),\"values\":\(values),\"worst\":\(worst.largest),\"worstLayer\":\"\(worst.name)\","
      + "\"worstExact\":\(exact.largest),\"seconds\":\(seconds)}"
  }

  /// The largest error over the range of the output, and where it is.
  private struct Error {
    var largest = 0.0
    var name = ""

    mutating func take(_ layer: String, _ output: Tensor3<Float>, _ expected: Tensor3<Float>) throws {
      guard expected.shape == output.shape else {
        throw ShapeError("expected \(layer).y of shape \(output.shape), found \(expected.shape)")
      }
      let range = (expected.scalars.max() ?? 0) - (expected.scalars.min() ?? 0)
      var error = 0.0
      for (ours, theirs) in zip(output.scalars, expected.scalars) {
        let difference = abs(Double(ours) - Double(theirs))
        error = difference.isNaN ? .infinity : max(error, difference)
      }
      if range > 0 { error /= Double(range) }
      if error > largest { (largest, name) = (error, layer) }
    }
  }
}
