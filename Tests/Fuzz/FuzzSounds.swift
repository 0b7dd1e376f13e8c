// Linked with AudioRestyle, by Scripts/fuzz.
@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles
import Foundation
@testable import SoundFiles

/// Takes one input for a sound file, reads it to its end, and makes a result of it that can be read back.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSounds(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let start, count > 1 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let (input, output) = ("/dev/shm/fuzz-\(getpid()).in", "/dev/shm/fuzz-\(getpid()).wav")
  guard FileManager.default.createFile(atPath: input, contents: Data(bytes.dropFirst())) else { return 0 }
  try? FileManager.default.removeItem(atPath: output)
  guard let reader = try? SoundFileReader(path: input) else { return 0 }
  // What a few bytes can hold of sound that says nothing takes time, and shows nothing more.
  guard reader.info.frameCount < 1 << 17 else { return 0 }
  var buffer = FrameBuffer(channelCount: reader.info.channelCount, capacity: 1000)
  var total = 0
  while let frames = try? reader.read(into: &buffer), frames > 0 { total += frames }
  precondition(total <= max(reader.info.frameCount, reader.info.declaredFrameCount ?? 0))
  var options = RestyleOptions()
  if (only ?? bytes[0]) % 2 == 0 {
    options.method = .mean
    options.refinements = 0
  } else {
    options.strength = 0
  }
  var settings = OutputOptions()
  settings.container = .wav
  settings.encoding = .float32
  settings.overwrites = true
  guard
    (try? FileRestyler(options: options, output: settings, threads: 1).restyle(
      input, towards: [style], to: output)) != nil
  else { return 0 }
  guard let written = try? SoundFileReader(path: output) else {
    preconditionFailure("a result cannot be read back")
  }
  precondition(written.info.frameCount == total || options.changesNothing)
  precondition(written.info.warnings.isEmpty || options.changesNothing)
  return 0
}

private let style: WeightedStyle = {
  var state: UInt32 = 1
  var last: Float = 0
  let values = (0..<8000).map { _ -> Float in
    state = state &* 1_664_525 &+ 1_013_904_223
    last += 0.1 * (Float(Int32(bitPattern: state)) * 0x1p-33 - last)
    return last
  }
  do {
    return WeightedStyle(try ProfileLearner().learn(MemorySource([values], sampleRate: 8000)))
  } catch {
    preconditionFailure("\(error)")
  }
}()

/// The one kind of input that is wanted; `nil` for all, by their first byte.
private let only = getenv("FUZZ_ONLY").flatMap { UInt8(String(cString: $0)) }
