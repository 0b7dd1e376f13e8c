// Linked with AudioRestyle, by Scripts/fuzz.
import AdaIN
@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles
import Foundation
import SoundFiles

/// Reads one input as a style profile, a saved restyling or a feature file; the first byte chooses which.
///
/// What can be read is written again and read once more, and does what it is for to a short clip.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStyles(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let start, count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let rest = Array(bytes.dropFirst())
  switch (only ?? bytes[0]) % 4 {
  case 0: readProfile(rest)
  case 1: readRestyling(rest)
  case 2: readFeatures(rest, "npz")
  default: readFeatures(rest, "safetensors")
  }
  return 0
}

/// A clip of 0.1 s, and how it is restyled.
private func clip() -> MemorySource {
  var state: UInt32 = 1
  let values = (0..<800).map { _ -> Float in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state)) * 0x1p-33
  }
  return MemorySource([values], sampleRate: 8000)
}

private func isFinite(_ channels: [[Float]]) -> Bool { channels.allSatisfy { $0.allSatisfy(\.isFinite) } }

private func readProfile(_ bytes: [UInt8]) {
  guard let file = try? SafetensorsFile(bytes: bytes), let profile = try? StyleProfile(file, name: "input"),
    let encoded = try? profile.encoded()
  else { return }
  guard let again = try? SafetensorsFile(bytes: encoded), let read = try? StyleProfile(again, name: "again")
  else { preconditionFailure("a profile that was written cannot be read") }
  precondition((try? read.encoded()) == encoded)
  var both = profile
  try? both.merge(read)
  _ = ProfileSummary(profile)
  for method in [RestyleMethod.adain, .match] {
    var options = RestyleOptions()
    options.method = method
    options.refinements = 0
    if let result = try? Restyler(options: options, threads: 1).restyle(
      clip(), towards: [WeightedStyle(profile)])
    {
      precondition(isFinite(result.channels))
    }
  }
}

private func readRestyling(_ bytes: [UInt8]) {
  guard let restyling = try? Restyling(decoding: Data(bytes), name: "input"),
    let encoded = try? restyling.encoded()
  else { return }
  guard let read = try? Restyling(decoding: encoded, name: "again") else {
    preconditionFailure("a restyling that was written cannot be read")
  }
  precondition((try? read.encoded()) == encoded)
  if let result = try? Restyler(threads: 1).restyle(clip(), by: restyling) {
    precondition(isFinite(result.channels))
  }
}

private func readFeatures(_ bytes: [UInt8], _ suffix: String) {
  let path = "/dev/shm/fuzz-\(getpid()).\(suffix)"
  guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
  let restyler = Restyler(threads: 1)
  guard
    let features = try? FeatureSequence(
      contentsOf: path, for: restyler.grid(of: clip(), frameCount: 800))
  else { return }
  _ = try? features.encoded(as: .npz)
  _ = try? features.check(fits: features.grid, name: "input")
}

/// The one kind of input that is wanted; `nil` for all, by their first byte.
private let only = getenv("FUZZ_ONLY").flatMap { UInt8(String(cString: $0)) }
