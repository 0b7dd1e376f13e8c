extension RestylePlanner {
  /// What the user should know of the maps.
  static func summary(of views: [ViewPlan], method: RestyleMethod) -> [String] {
    var warnings: [String] = []
    if views.allSatisfy(\.isUntouched) {
      warnings.append("the content has no sound above -70 dBFS: its tone and dynamics stay as they are")
      return warnings
    }
    if views.contains(where: { $0.hasFewFrames }) {
      warnings.append(
        "content or style has under \(Int(StyleMap.fewestIndependentFrames)) independent frames of active sound "
          + "(about 0.35 s): only means are transferred, no dynamics")
    }
    let limited = views.reduce(0) { $0 + $1.maps.reduce(0) { $0 + $1.map.limitedSlopes } }
    let noun = method == .transport ? "direction" : "channel"
    if limited > 0 {
      warnings.append(
        "the ratio of spreads was limited to 0.25 to 4 in \(limited) \(noun)\(limited == 1 ? "" : "s")")
    }
    for view in views where !view.isUntouched && view.sharedChannels.isEmpty {
      warnings.append(
        "content and style share no frequency channel (\(view.view.name)): tone and dynamics stay as they are"
      )
    }
    return warnings
  }
}
