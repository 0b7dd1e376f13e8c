import ArgumentParser

/// `restyle manual`: prints the manual page, which `Scripts/install` puts beside the program.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual page (roff).", shouldDisplay: false)

  func run() throws {
    try Console.result(
      ManualPage(RestyleCommand.self, subcommands: RestyleCommand.configuration.subcommands).text)
  }
}

/// A manual page in the macros of man(7), made of the help screens.
struct ManualPage {
  private let command: any ParsableCommand.Type
  private let subcommands: [any ParsableCommand.Type]

  init(_ command: any ParsableCommand.Type, subcommands: [any ParsableCommand.Type]) {
    (self.command, self.subcommands) = (command, subcommands)
  }

  private static let width = 72

  /// The page.
  var text: String {
    let configuration = command.configuration
    let name = configuration.commandName ?? ""
    var lines = [
      ".TH \(name.uppercased()) 1 \"\" \"\(name) \(configuration.version)\" \"User Commands\"", ".SH NAME",
      "\(name) \\- \(Self.escaped(configuration.abstract))", ".SH SYNOPSIS", ".nf",
    ]
    lines += Self.lines(of: configuration.usage ?? "") + [".fi", ".SH DESCRIPTION"]
    lines += Self.discussion(configuration.discussion)
    lines.append(".SH COMMANDS")
    let shown = subcommands.filter { $0.configuration.shouldDisplay }
    for subcommand in shown {
      lines += [
        ".TP", ".B \(name) \(subcommand.configuration.commandName ?? "")",
        Self.escaped(subcommand.configuration.abstract),
      ]
    }
    for subcommand in shown {
      lines.append(".SH \((subcommand.configuration.commandName ?? "").uppercased())")
      lines += help(of: subcommand)
    }
    return lines.joined(separator: "\n")
  }

  /// The help screen of a subcommand: its titles become headings, its options tagged paragraphs.
  private func help(of subcommand: any ParsableCommand.Type) -> [String] {
    let screen = command.helpMessage(for: subcommand, includeHidden: false, columns: Self.width)
    var result: [String] = []
    var isVerbatim = false
    func verbatim(_ wanted: Bool) {
      guard wanted != isVerbatim else { return }
      result.append(wanted ? ".nf" : ".fi")
      isVerbatim = wanted
    }
    for line in screen.split(separator: "\n", omittingEmptySubsequences: false) {
      if let title = Self.title(String(line)) {
        verbatim(false)
        result += [".SS \(Self.escaped(title))"]
        let rest = line.dropFirst(title.count + 1).drop { $0 == " " }
        if !rest.isEmpty { result.append(Self.escaped(String(rest))) }
        continue
      }
      guard !line.allSatisfy({ $0 == " " }) else {
        verbatim(false)
        result.append(".PP")
        continue
      }
      verbatim(line.hasPrefix("  "))
      result.append(Self.escaped(String(line)))
    }
    verbatim(false)
    return result
  }

  /// The title of a section of a help screen: the text before the colon of a line; `nil` for other lines.
  ///
  /// The line begins with a capital letter, and the text is in capitals or stands alone in the line.
  private static func title(_ line: String) -> String? {
    guard let colon = line.firstIndex(of: ":"), line.first?.isUppercase == true else { return nil }
    let title = String(line[..<colon])
    let isLoud = title.allSatisfy { $0.isUppercase || $0 == " " }
    let isAlone = line.index(after: colon) == line.endIndex && title.count < 30
    return isLoud || isAlone ? title : nil
  }

  private static func discussion(_ text: String) -> [String] {
    var isVerbatim = false
    var result: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let wanted = line.hasPrefix(" ")
      if wanted != isVerbatim {
        result.append(wanted ? ".nf" : ".fi")
        isVerbatim = wanted
      }
      result.append(line.isEmpty ? ".PP" : escaped(String(line)))
    }
    if isVerbatim { result.append(".fi") }
    return result
  }

  private static func lines(of text: String) -> [String] {
    text.split(separator: "\n").map { escaped(String($0)) }
  }

  /// A text with roff requests and escapes disabled.
  static func escaped(_ text: String) -> String {
    var result = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    if result.hasPrefix(".") || result.hasPrefix("'") { result = "\\&" + result }
    return result
  }
}
