// Linked with TensorFiles, by Scripts/fuzz.
import Foundation
import TensorFiles

/// Reads one input as a file of arrays; the first byte chooses which.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzArrays(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let start, count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let rest = Array(bytes.dropFirst())
  switch (only ?? bytes[0]) % 3 {
  case 0:
    guard let file = try? SafetensorsFile(bytes: rest) else { return 0 }
    for name in file.names { use(file[name]) }
  case 1: use(try? StoredArray(npyBytes: rest))
  default:
    guard let file = try? NpzFile(bytes: rest) else { return 0 }
    for name in file.names { use(file[name]) }
  }
  return 0
}

private func use(_ array: StoredArray?) {
  guard let array else { return }
  let count = array.shape.reduce(1, *)
  if let values: [Double] = try? array.values() { precondition(values.count == count) }
}

/// The one kind of input that is wanted; `nil` for all, by their first byte.
private let only = getenv("FUZZ_ONLY").flatMap { UInt8(String(cString: $0)) }
