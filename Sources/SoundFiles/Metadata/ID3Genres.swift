/// The genres of ID3v1, which tags of version 2 name by number as well.
extension ID3Tag {
  /// The genres that the texts of a frame `TCON` name.
  ///
  /// Version 2.3 has numbers in parentheses before a text of its own, as `(17)(51)Goa`; a second parenthesis stands for
  /// one that belongs to the text. Version 2.4 has bare numbers. `RX` is a remix, and `CR` a cover.
  static func genres(_ texts: [String]) -> [String] {
    var found: [String] = []
    for text in texts {
      var rest = text[...]
      while rest.first == "(", let end = rest.firstIndex(of: ")"), let genre = genre(rest[..<end].dropFirst())
      {
        if !found.contains(genre) { found.append(genre) }
        rest = rest[end...].dropFirst()
      }
      if rest.hasPrefix("((") { rest = rest.dropFirst() }
      let last = genre(rest) ?? String(rest)
      if !last.isEmpty, !found.contains(last) { found.append(last) }
    }
    return found
  }

  /// The genre of a number or of a code; nil for other texts.
  static func genre(_ code: Substring) -> String? {
    if code == "RX" { return "Remix" }
    if code == "CR" { return "Cover" }
    guard code.allSatisfy(\.isASCII), let number = UInt8(code) else { return nil }
    return genre(number)
  }

  /// The genre of a number; nil where there is none.
  static func genre(_ number: UInt8) -> String? {
    genreNames.indices.contains(FileNumber(clamping: number).value)
      ? genreNames[FileNumber(clamping: number).value] : nil
  }

  /// The 80 genres of ID3v1 (id3.org), and 112 that Winamp added.
  private static let genreNames = [
    "Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal",
    "New Age", "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae", "Rock", "Techno", "Industrial",
    "Alternative",
    "Ska", "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop", "Vocal", "Jazz+Funk",
    "Fusion", "Trance", "Classical", "Instrumental", "Acid", "House", "Game", "Sound Clip", "Gospel", "Noise",
    "Alt. Rock", "Bass", "Soul", "Punk", "Space", "Meditative", "Instrumental Pop", "Instrumental Rock",
    "Ethnic", "Gothic", "Darkwave", "Techno-Industrial", "Electronic", "Pop-Folk", "Eurodance", "Dream",
    "Southern Rock", "Comedy", "Cult", "Gangsta Rap", "Top 40", "Christian Rap", "Pop/Funk", "Jungle",
    "Native American", "Cabaret", "New Wave", "Psychedelic", "Rave", "Showtunes", "Trailer", "Lo-Fi",
    "Tribal",
    "Acid Punk", "Acid Jazz", "Polka", "Retro", "Musical", "Rock & Roll", "Hard Rock", "Folk", "Folk-Rock",
    "National Folk", "Swing", "Fast-Fusion", "Bebop", "Latin", "Revival", "Celtic", "Bluegrass", "Avantgarde",
    "Gothic Rock", "Progressive Rock", "Psychedelic Rock", "Symphonic Rock", "Slow Rock", "Big Band",
    "Chorus",
    "Easy Listening", "Acoustic", "Humour", "Speech", "Chanson", "Opera", "Chamber Music", "Sonata",
    "Symphony", "Booty Bass", "Primus", "Porn Groove", "Satire", "Slow Jam", "Club", "Tango", "Samba",
    "Folklore", "Ballad", "Power Ballad", "Rhythmic Soul", "Freestyle", "Duet", "Punk Rock", "Drum Solo",
    "A Cappella", "Euro-House", "Dance Hall", "Goa", "Drum & Bass", "Club-House", "Hardcore", "Terror",
    "Indie", "BritPop", "Afro-Punk", "Polsk Punk", "Beat", "Christian Gangsta Rap", "Heavy Metal",
    "Black Metal", "Crossover", "Contemporary Christian", "Christian Rock", "Merengue", "Salsa",
    "Thrash Metal", "Anime", "JPop", "Synthpop", "Abstract", "Art Rock", "Baroque", "Bhangra", "Big Beat",
    "Breakbeat", "Chillout", "Downtempo", "Dub", "EBM", "Eclectic", "Electro", "Electroclash", "Emo",
    "Experimental", "Garage", "Global", "IDM", "Illbient", "Industro-Goth", "Jam Band", "Krautrock",
    "Leftfield", "Lounge", "Math Rock", "New Romantic", "Nu-Breakz", "Post-Punk", "Post-Rock", "Psytrance",
    "Shoegaze", "Space Rock", "Trop Rock", "World Music", "Neoclassical", "Audiobook", "Audio Theatre",
    "Neue Deutsche Welle", "Podcast", "Indie Rock", "G-Funk", "Dubstep", "Garage Rock", "Psybient",
  ]
}
