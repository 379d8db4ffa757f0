import LinuxNet
import Packets
import Testing

@testable import NodeAgent

/// What counts is neither lost nor said twice, whatever becomes of lines.
@Suite struct LineWriterTests {
  /// What comes by a pipe until it says `end`.
  private func read(_ stream: StreamEnd, until end: String) -> String {
    var text = ""
    while !text.hasSuffix(end), stream.isReadable(within: .seconds(5)) {
      let bytes = stream.read()
      if bytes.isEmpty { break }
      text += String(decoding: bytes, as: UTF8.self)
    }
    return text
  }

  private func say(_ text: String, _ writer: LineWriter, counts: Bool = true) {
    writer.write(Array(text.utf8), counts: counts)
  }

  @Test func whatWasNotHeardIsSaidAgainByTheNextLine() throws {
    let (writer, first, second) = (LineWriter(), try PipePair(), try PipePair())
    try writer.change(to: first.writing)
    writer.begin()
    for text in ["a", "b", "c"] { say(text, writer) }
    #expect(read(first.reading, until: "c") == "abc")
    writer.confirm(1)
    // By a line that is not known to lead anywhere yet only what does not count.
    try writer.change(to: second.writing)
    say("d", writer)
    say("?", writer, counts: false)
    #expect(read(second.reading, until: "?") == "?")
    writer.resume(after: 2)
    say("e", writer)
    #expect(read(second.reading, until: "e") == "cde")
  }

  @Test func anotherListenerIsToldNothingOfWhatWasBefore() throws {
    let (writer, first, second) = (LineWriter(), try PipePair(), try PipePair())
    try writer.change(to: first.writing)
    writer.begin()
    say("a", writer)
    #expect(read(first.reading, until: "a") == "a")
    try writer.change(to: second.writing)
    writer.begin()
    say("b", writer)
    #expect(read(second.reading, until: "b") == "b")
  }

  /// What the other end says has come may be anything.
  @Test(arguments: [Int.min, -1, 7, Int.max])
  func aNumberThatCannotBeDoesNoHarm(taken: Int) throws {
    let (writer, pipe) = (LineWriter(), try PipePair())
    try writer.change(to: pipe.writing)
    writer.begin()
    say("a", writer)
    #expect(read(pipe.reading, until: "a") == "a")
    writer.confirm(1)
    writer.confirm(taken)
    writer.resume(after: taken)
    say("b", writer)
    #expect(read(pipe.reading, until: "b") == "b")
  }

  /// Nobody waits for one that does not read.
  @Test func aLineThatIsStuckIsLeft() throws {
    let (writer, stuck, second) = (LineWriter(), try PipePair(), try PipePair())
    try writer.change(to: stuck.writing)
    writer.begin()
    let long = String(repeating: "x", count: 1 << 20)
    say(long, writer)
    try writer.change(to: second.writing)
    writer.resume(after: 0)
    say("e", writer)
    #expect(read(second.reading, until: "e").count == long.count + 1)
    #expect(!writer.isOverfull)
    withExtendedLifetime(stuck) {}
  }
}
