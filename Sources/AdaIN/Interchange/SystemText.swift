import Foundation

extension Error {
  /// What the system says of an error of Foundation, in place of Foundation's phrases.
  package var systemText: String {
    var error = self as NSError
    while let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = inner }
    if error.domain == NSPOSIXErrorDomain, let number = Int32(exactly: error.code) {
      let text = unsafe String(cString: strerror(number))
      return text.prefix(1).lowercased() + text.dropFirst()
    }
    switch (self as? CocoaError)?.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file"
    case .fileReadNoPermission, .fileWriteNoPermission: return "no permission"
    case .fileWriteFileExists: return "a file with this name exists"
    case .fileWriteOutOfSpace: return "no space left"
    default: return localizedDescription
    }
  }
}
