public import ArgumentParser
public import AudioRestyle

extension RestyleMethod: ExpressibleByArgument {}
extension RestyleAim: ExpressibleByArgument {}
extension FeatureKind: ExpressibleByArgument {}
extension StereoMode: ExpressibleByArgument {}
extension TonePhase: ExpressibleByArgument {}
extension PeakControl: ExpressibleByArgument {}
extension Dither: ExpressibleByArgument {}
extension Anchoring.Levels: ExpressibleByArgument {}
extension Anchoring.Loudness: ExpressibleByArgument {}
extension AlbumPlan.Relations: ExpressibleByArgument {}
