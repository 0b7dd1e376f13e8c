public import ArgumentParser
public import AudioRestyle

extension RestyleMethod: ExpressibleByArgument {}
extension RestyleAim: ExpressibleByArgument {}
extension FeatureKind: ExpressibleByArgument {}
extension StereoMode: ExpressibleByArgument {}
extension TonePhase: ExpressibleByArgument {}
extension PeakControl: ExpressibleByArgument {}
extension Dither: ExpressibleByArgument {}
extension AlbumPlan.Relations: ExpressibleByArgument {}
