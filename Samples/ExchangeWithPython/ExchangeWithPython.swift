import AdaIN
import Foundation

/// Interchange: features and statistics in files that Python's safetensors and NumPy open: `ExchangeWithPython [FOLDER]`.
@main
enum ExchangeWithPython {
  static func main() throws {
    let folder =
      CommandLine.arguments.dropFirst().first.map { URL(fileURLWithPath: $0) }
      ?? FileManager.default.temporaryDirectory
    let features = try Tensor3<Float>([[[1, 2, 3], [4, 5, 9]]])

    // In Python: safetensors.numpy.load_file("features.safetensors")
    var file = SafetensorsFile()
    file.metadata["unit"] = "dB"
    file["features"] = StoredArray(features)
    file.store(StyleStatistics(features), prefix: "style.")
    let url = folder.appendingPathComponent("features.safetensors")
    try file.write(to: url)

    let read = try SafetensorsFile(contentsOf: url)
    for name in read.names {
      let array = try read.array(name)
      print("\(name): \(array.dtype.rawValue) \(array.shape)")
    }
    let statistics = try read.statistics(prefix: "style.")
    print("mean \(statistics.mean), features as written: \(try read.tensor("features") == features)")

    // In Python: numpy.load("features.npy"), numpy.load("features.npz")["features"]
    let npy = folder.appendingPathComponent("features.npy")
    try StoredArray(features).write(npy: npy, fortranOrder: true)
    print("npy as written: \(try StoredArray(npy: npy).tensor() == features)")
    var archive = NpzFile()
    archive["features"] = StoredArray(features)
    archive["rates"] = try StoredArray(integers: [44_100, 48_000] as [Int32])
    let npz = folder.appendingPathComponent("features.npz")
    try archive.write(to: npz)
    print("npz: \(try NpzFile(contentsOf: npz).names)")

    // Data that do not fit give an error that says what was expected and what was found.
    do {
      _ = try read.tensor("style.median", as: Float.self)
    } catch {
      print("error: \(error)")
    }
  }
}
