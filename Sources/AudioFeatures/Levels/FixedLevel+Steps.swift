extension ContiguousArray<FixedLevel> {
  /// Calls a closure with the levels as integers, in steps of 2⁻¹⁶ dB.
  public func withSteps<Result, Failure: Error>(
    _ body: (Span<Int32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe withUnsafeBufferPointer { levels throws(Failure) in
      // SAFETY: a level is a struct of one `Int32`, so both types have the same layout.
      let steps = unsafe UnsafeRawBufferPointer(levels).assumingMemoryBound(to: Int32.self)
      return try unsafe body(steps.span)
    }
  }
}
