/// The order in which clips are begun, so that contents with several clips are measured shortly before they are needed.
struct BatchOrder: Sendable {
  /// The clips of each content, by number.
  let contents: [Range<Int>]
  /// What is done, in order.
  let steps: [Step]

  /// A piece of work.
  enum Step: Hashable, Sendable {
    /// Measure a content of several clips.
    case measure(Int)
    /// Restyle a clip of a content.
    case clip(Int, content: Int)
  }

  /// Orders the clips.
  ///
  /// - Parameters:
  ///   - names: The content of each clip; clips of one content stand together.
  ///   - ahead: How many contents are measured before the first clip is begun, and stay ahead.
  init(_ names: [String], ahead: Int) {
    var contents: [Range<Int>] = []
    for index in names.indices {
      if let last = contents.last, names[last.lowerBound] == names[index] {
        contents[contents.count - 1] = last.lowerBound..<index + 1
      } else {
        contents.append(index..<index + 1)
      }
    }
    var steps: [Step] = []
    func measure(_ content: Int) {
      if contents.indices.contains(content), contents[content].count > 1 { steps.append(.measure(content)) }
    }
    for content in 0..<ahead { measure(content) }
    for (content, clips) in contents.enumerated() {
      steps += clips.map { .clip($0, content: content) }
      measure(content + ahead)
    }
    self.contents = contents
    self.steps = steps
  }
}
