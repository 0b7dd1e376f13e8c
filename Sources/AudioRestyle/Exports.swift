// `import AudioRestyle` alone is enough: it brings all modules whose types stand in its interface.
@_exported public import AudioFeatures
@_exported public import Mastering
@_exported public import Rendering
@_exported public import Restylings
@_exported public import SoundFiles
@_exported public import StyleMethods
@_exported public import StyleProfiles
