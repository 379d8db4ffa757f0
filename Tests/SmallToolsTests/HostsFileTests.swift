import Packets
import SmallTools
import Testing

@Suite struct HostsFileTests {
  /// `text` as it is when `db` was led to 10.0.0.2.
  private func edited(_ text: String, to address: String = "10.0.0.2") -> String {
    var file = HostsFile(Array(text.utf8))
    file.lead("db", to: IPAddress(address)!)
    return String(decoding: file.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    // Its own line, with what stands around it.
    ("127.0.0.1 localhost\n10.0.0.1\tdb\n", "127.0.0.1 localhost\n10.0.0.2\tdb\n"),
    ("  10.0.0.1   db   # the master\n", "  10.0.0.2   db   # the master\n"),
    ("10.0.0.1 DB\n", "10.0.0.2 DB\n"),
    // A line of several names.
    ("10.0.0.1 db db.example mail\n", "10.0.0.1 db.example mail\n10.0.0.2\tdb\n"),
    ("10.0.0.1 mail\tdb # both\n", "10.0.0.1 mail # both\n10.0.0.2\tdb\n"),
    // No other name begins with it, or ends.
    (
      "10.0.0.1 db2 mydb db.example\n10.0.0.1 db\n",
      "10.0.0.1 db2 mydb db.example\n10.0.0.2 db\n"
    ),
    // A comment is none.
    ("# 10.0.0.1 db\n10.0.0.9 web # db\n", "# 10.0.0.1 db\n10.0.0.9 web # db\n10.0.0.2\tdb\n"),
    // More than one line of it: it is to stand for one address.
    ("10.0.0.1 db\n10.0.0.3 db\n::1 db\n", "10.0.0.2 db\n"),
    ("10.0.0.3 db # old\n10.0.0.2 db\n", "# old\n10.0.0.2 db\n"),
    ("10.0.0.2 mail db\n10.0.0.1 db\n", "10.0.0.2 mail db\n"),
    ("10.0.0.1 db db\n", "10.0.0.2\tdb\n"),
    // No line yet, no end of the last one, nothing at all.
    ("127.0.0.1 localhost\n", "127.0.0.1 localhost\n10.0.0.2\tdb\n"),
    ("127.0.0.1 localhost", "127.0.0.1 localhost\n10.0.0.2\tdb\n"),
    ("10.0.0.1 db", "10.0.0.2 db"),
    ("", "10.0.0.2\tdb\n"),
    // Of another system.
    ("127.0.0.1 localhost\r\n10.0.0.1 db\r\n", "127.0.0.1 localhost\r\n10.0.0.2 db\r\n"),
    ("127.0.0.1 localhost\r\n", "127.0.0.1 localhost\r\n10.0.0.2\tdb\r\n"),
    ("10.0.0.1 mail db\r\n", "10.0.0.1 mail\r\n10.0.0.2\tdb\r\n"),
  ])
  func theNameIsLedAndTheRestIsKept(text: String, expected: String) {
    let result = edited(text)
    #expect(result == expected)
    #expect(edited(result) == result)
  }

  @Test func whatIsNoTextIsKept() {
    let bytes: [UInt8] = [0xff, 0xfe, 0, 0x0a] + Array("10.0.0.1 db\n".utf8)
    var file = HostsFile(bytes)
    file.lead("db", to: IPAddress("fd00::2")!)
    #expect(file.bytes == [0xff, 0xfe, 0, 0x0a] + Array("fd00::2 db\n".utf8))
  }

  @Test func aLargeFileIsEditedRightly() {
    let comment = String(repeating: "#", count: 200)
    let others = (0..<50_000).map { "10.1.\($0 >> 8).\($0 & 255) host\($0) \(comment)\n" }
    let text = others.joined()
    #expect(text.utf8.count > 10 << 20)
    #expect(edited(text) == text + "10.0.0.2\tdb\n")
  }

  @Test(arguments: ["db", "db-1.example.com", "_sip.example", "127"])
  func aNameIsOne(name: String) { #expect(HostsFile.isName(name)) }

  @Test(arguments: ["", "-db", "db ", "a b", "db#", "db\n10.0.0.1 x", "a..b", "ü", ".db"])
  func whatIsNoNameIsRefused(name: String) { #expect(!HostsFile.isName(name)) }
}
