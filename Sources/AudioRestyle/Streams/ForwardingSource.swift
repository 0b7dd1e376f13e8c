public import SoundFiles

/// A clip that passes another one's frames on; subclasses look at them or change them on the way.
open class ForwardingSource: FrameSource {
  /// The clip whose frames are passed on.
  public let base: any FrameSource

  /// Passes a clip's frames on.
  public init(_ base: any FrameSource) {
    self.base = base
  }

  /// The sample rate in Hz.
  public var sampleRate: Double { base.sampleRate }
  /// The number of channels.
  public var channelCount: Int { base.channelCount }
  /// The channels that carry low-frequency effects.
  public var lfeChannels: [Int] { base.lfeChannels }
  /// What to call the clip in messages.
  public var name: String { base.name }

  /// Goes back to the first frame.
  open func rewind() throws { try base.rewind() }

  /// Reads the next frames.
  open func read(into buffer: inout FrameBuffer) throws -> Int { try base.read(into: &buffer) }

  /// Passes over the next frames: reads them, so that subclasses see all of them.
  ///
  /// Those that change each frame by itself may override it to pass over the other clip's frames.
  open func skip(_ count: Int) throws -> Int { try readAndDrop(count) }
}
