// `import AudioRestyle` alone is enough: what stands in its API comes with it.
@_exported public import AudioFeatures
@_exported public import Mastering
@_exported public import Rendering
@_exported public import Restylings
@_exported public import SoundFiles
@_exported public import StyleMethods
@_exported public import StyleProfiles
