/// An opaque colour in sRGB.
public struct Color: Hashable, Sendable {
  /// The red component, 0 to 255.
  public var red: UInt8
  /// The green component, 0 to 255.
  public var green: UInt8
  /// The blue component, 0 to 255.
  public var blue: UInt8

  /// The colour of a number `0xRRGGBB`.
  public init(_ rgb: UInt32) {
    red = UInt8(truncatingIfNeeded: rgb >> 16)
    green = UInt8(truncatingIfNeeded: rgb >> 8)
    blue = UInt8(truncatingIfNeeded: rgb)
  }

  /// The colour as `#rrggbb`.
  public var hex: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// A colour on the straight line to another one; a share of 0 is this colour.
  public func mixed(with other: Color, share: Double) -> Color {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt32 {
      let value = Double(a) + min(1, max(0, share)) * (Double(b) - Double(a))
      return UInt32(value.rounded())
    }
    return Color(mix(red, other.red) << 16 | mix(green, other.green) << 8 | mix(blue, other.blue))
  }

  /// The relative luminance, 0 to 1: `0.2126 R + 0.7152 G + 0.0722 B` of linear components (IEC 61966-2-1).
  public var luminance: Double {
    func linear(_ component: UInt8) -> Double {
      let value = Double(component) / 255
      // This polynomial is within 0.02 of the piecewise curve, and needs no powers of Foundation.
      return value * (value * (value * 0.305_306_011 + 0.682_171_111) + 0.012_522_878)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
}

/// The role of a mark's colour; each theme has a colour for each role.
public enum Ink: String, CaseIterable, Hashable, Sendable {
  /// The background.
  case paper
  /// Titles and numbers.
  case text
  /// Axis titles.
  case muted
  /// The lines behind curves.
  case grid
  /// The first curve.
  case first
  /// The second curve.
  case second
  /// The third curve.
  case third
  /// The fourth curve.
  case fourth

  /// The colour in a theme.
  public func color(in theme: Theme) -> Color {
    switch (self, theme) {
    case (.paper, .light): Color(0xFFFFFF)
    case (.paper, .dark): Color(0x16191D)
    case (.text, .light): Color(0x1C2127)
    case (.text, .dark): Color(0xE8EAED)
    case (.muted, .light): Color(0x57606A)
    case (.muted, .dark): Color(0xA3ACB7)
    case (.grid, .light): Color(0xDFE3E8)
    case (.grid, .dark): Color(0x353B43)
    case (.first, .light): Color(0x6E7781)
    case (.first, .dark): Color(0xAEB6C0)
    case (.second, .light): Color(0xB8500F)
    case (.second, .dark): Color(0xF59A5B)
    case (.third, .light): Color(0x1F5FA8)
    case (.third, .dark): Color(0x6DB3FF)
    case (.fourth, .light): Color(0x1A7F4B)
    case (.fourth, .dark): Color(0x5FD08F)
    }
  }
}

/// Whether a picture is for a light or a dark page.
public enum Theme: String, CaseIterable, Hashable, Sendable {
  /// Dark marks on white.
  case light
  /// Light marks on nearly black.
  case dark
}

/// The colours of values from 0 to 1, darkest first: black, purple, red, orange, pale yellow.
///
/// The luminance rises throughout, so that values can be told apart without hues.
public struct ColorMap: Hashable, Sendable {
  /// The colours in rising order, 256 of them.
  public let colors: [Color]

  private static let anchors: [UInt32] = [0x07061A, 0x431568, 0xA82B60, 0xEE7130, 0xFCF0B4]

  /// The map of spectrograms.
  public static let heat = ColorMap()

  private init() {
    let anchors = Self.anchors.map { Color($0) }
    colors = (0..<256).map { index in
      let place = Double(index) / 255 * Double(anchors.count - 1)
      let lower = min(Int(place), anchors.count - 2)
      return anchors[lower].mixed(with: anchors[lower + 1], share: place - Double(lower))
    }
  }
}
