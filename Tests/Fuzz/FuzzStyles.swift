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
/// What can be read is written again and read once more. Two more kinds also do with a short clip what a profile and a
/// restyling are for: that takes a hundred times as long as reading.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStyles(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let start, count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let rest = Array(bytes.dropFirst())
  switch (only ?? bytes[0]) % 6 {
  case 0: _ = readProfile(rest)
  case 1: _ = readRestyling(rest)
  case 2:
    guard let file = try? NpzFile(bytes: rest) else { return 0 }
    readFeatures(try? FeatureFile(file, name: "input", names: file.names))
  case 3:
    guard let file = try? SafetensorsFile(bytes: rest) else { return 0 }
    readFeatures(try? FeatureFile(file))
  case 4: if let profile = readProfile(rest) { restyle(towards: profile) }
  default: if let restyling = readRestyling(rest) { restyle(by: restyling) }
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

private func readProfile(_ bytes: [UInt8]) -> StyleProfile? {
  guard let file = try? SafetensorsFile(bytes: bytes), let profile = try? StyleProfile(file, name: "input"),
    let encoded = try? profile.encoded()
  else { return nil }
  guard let again = try? SafetensorsFile(bytes: encoded), let read = try? StyleProfile(again, name: "again")
  else { preconditionFailure("a profile that was written cannot be read") }
  precondition((try? read.encoded()) == encoded)
  return profile
}

private func restyle(towards profile: StyleProfile) {
  var both = profile
  try? both.merge(profile)
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

private func readRestyling(_ bytes: [UInt8]) -> Restyling? {
  guard let restyling = try? Restyling(decoding: Data(bytes), name: "input"),
    let encoded = try? restyling.encoded()
  else { return nil }
  guard let read = try? Restyling(decoding: encoded, name: "again") else {
    preconditionFailure("a restyling that was written cannot be read")
  }
  precondition((try? read.encoded()) == encoded)
  return restyling
}

private func restyle(by restyling: Restyling) {
  if let result = try? Restyler(threads: 1).restyle(clip(), by: restyling) {
    precondition(isFinite(result.channels))
  }
}

private func readFeatures(_ file: FeatureFile?) {
  guard let file, let features = try? FeatureSequence(file, name: "input", for: grid) else { return }
  for format in [FeatureFileFormat.npz, .safetensors] {
    guard (try? features.encoded(as: format)) != nil else {
      preconditionFailure("features that were read cannot be written")
    }
  }
  _ = try? features.check(fits: grid, name: "input")
}

private let grid: FeatureGrid = {
  do {
    return try Restyler(threads: 1).grid(of: clip(), frameCount: 800)
  } catch {
    preconditionFailure("\(error)")
  }
}()

/// The one kind of input that is wanted; `nil` for all, by their first byte.
private let only = getenv("FUZZ_ONLY").flatMap { UInt8(String(cString: $0)) }
