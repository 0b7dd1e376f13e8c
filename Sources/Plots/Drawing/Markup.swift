/// Text that becomes part of HTML, SVG or a script element.
public enum Markup {
  /// A text as content of an element, or as the value of a quoted attribute.
  ///
  /// `& < > " '` become references. Characters that XML does not have (controls but for tab and line feed, U+FFFE,
  /// U+FFFF) become U+FFFD, as do characters that change the direction of writing.
  public static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: result += "&amp;"
      case 0x3C: result += "&lt;"
      case 0x3E: result += "&gt;"
      case 0x22: result += "&quot;"
      case 0x27: result += "&#39;"
      case 0x09, 0x0A: result.unicodeScalars.append(scalar)
      case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// JSON as content of a `script` element: the same values, without controls and characters that end the element or
  /// begin a comment.
  ///
  /// In JSON, `<`, `>`, `&`, U+007F to U+009F, U+2028 and U+2029 occur only within texts, where `\uXXXX` has the same
  /// meaning.
  public static func scriptData(json: String) -> String {
    var result = ""
    result.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      switch scalar.value {
      case 0x3C: result += "\\u003c"
      case 0x3E: result += "\\u003e"
      case 0x26: result += "\\u0026"
      case 0x7F...0x9F: result += "\\u00" + String(scalar.value, radix: 16)
      case 0x2028: result += "\\u2028"
      case 0x2029: result += "\\u2029"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A number with at most two decimals, without trailing zeros; 0 for numbers that are not finite or from 10¹² on.
  public static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "0" }
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return sign + String(whole) }
    if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
    return "\(sign)\(whole)." + (rest < 10 ? "0" : "") + String(rest)
  }
}
