// What stands in this module's own API: file formats and buffers, feature layouts.
@_exported public import AudioFeatures
@_exported public import SoundFiles
