import Testing

@testable import NodeAgent

@Suite struct HTTPAnswerTests {
  private func answer(_ text: String, isAtEnd: Bool = false) -> HTTPAnswer? {
    HTTPAnswer(Array(text.utf8), isAtEnd: isAtEnd)
  }

  @Test func aRequestIsWholeAndClosesItsConnection() {
    let request = HTTPRequest(host: "10.0.0.200:3000", path: "/id")
    #expect(
      String(decoding: request.bytes, as: UTF8.self)
        == "GET /id HTTP/1.0\r\nHost: 10.0.0.200:3000\r\nConnection: close\r\n"
        + "User-Agent: vipjuggler\r\n\r\n")
  }

  @Test func aPageIsCompleteWhenItsLengthOrItsEndHasCome() throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Served-By: alpha\r\n\r\n"
    #expect(answer(head + "PR")?.isComplete == false)
    let whole = try #require(answer(head + "PRI\n"))
    #expect(whole.isComplete && whole.isGood)
    #expect(whole.name(inHeader: nil) == "PRI")
    #expect(whole.name(inHeader: "x-served-by") == "alpha")
    #expect(whole.name(inHeader: "x-other") == nil)
    #expect(answer("HTTP/1.0 200 OK\r\n\r\nSEC", isAtEnd: true)?.isComplete == true)
  }

  @Test(arguments: [(199, false), (200, true), (302, true), (404, false), (503, false)])
  func theStatusSaysWhetherTheServiceWasThere(status: Int, isGood: Bool) {
    #expect(answer("HTTP/1.1 \(status) x\r\n\r\n")?.isGood == isGood)
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 x y\r\n\r\n", "\r\n\r\n",
  ])
  func anythingElseIsNone(text: String) { #expect(answer(text) == nil) }

  /// What it says goes to a terminal.
  @Test(arguments: ["\u{1b}[2J", "\u{9b}2J", "\u{202e}abc", "\t", ""])
  func aNameThatIsNotPlainIsNone(name: String) {
    #expect(answer("HTTP/1.1 200 OK\r\n\r\n\(name)\nrest")?.name(inHeader: nil) == nil)
  }

  @Test func aNameIsCutAtItsLongest() {
    let page = String(repeating: "x", count: 200)
    #expect(answer("HTTP/1.1 200 OK\r\n\r\n\(page)")?.name(inHeader: nil)?.count == 64)
  }
}
