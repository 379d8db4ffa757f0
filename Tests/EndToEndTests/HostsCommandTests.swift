import Foundation
import LinuxNet
import Packets
import TestSupport
import Testing

extension EndToEnd {
  /// A name in a hosts file in place of a VIP.
  @Suite(.besideOthers) struct HostsCommandTests {
    private let localhost = IPAddress("127.0.0.1")!

    private func hosts(_ text: String = "127.0.0.1 localhost\n10.0.0.1 db mail\n") throws -> String
    {
      try temporaryFile("hosts", text)
    }

    private func text(_ file: String) throws -> String {
      try String(contentsOfFile: file, encoding: .utf8)
    }

    @Test func theNameFollowsWhoAcceptsConnections() throws {
      let file = try hosts()
      let link = try temporaryFile("link")
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
      let port = try FreePort.tcp(at: localhost)
      let command = ["hosts", "db", "\(port)", "127.0.0.1", "10.0.0.2", "--file", link]
      let refused = try Program.run(command)
      #expect(refused.code == 0 && refused.output.isEmpty)
      #expect(
        refused.error
          == "vipjuggler: db: updating record to address 10.0.0.2 in \(link) "
          + "(127.0.0.1 port \(port): Connection refused)\n")
      #expect(try text(file) == "127.0.0.1 localhost\n10.0.0.1 mail\n10.0.0.2\tdb\n")

      let listener = try Listener(at: localhost, port: port, interface: "lo")
      let accepted = try Program.run(command)
      #expect(accepted.code == 0 && accepted.error.contains(" accepts connections)"))
      #expect(try text(file) == "127.0.0.1 localhost\n10.0.0.1 mail\n127.0.0.1\tdb\n")
      // Nothing changed, and nothing is said.
      let again = try Program.run(command)
      #expect(again.code == 0 && again.error.isEmpty)
      withExtendedLifetime(listener) {}
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
    }

    /// Looked at when the kernel tells of addresses, not when the time has passed.
    @Test func theNameFollowsTheVIP() throws {
      let file = try hosts("")
      let machine = try Namespace()
      var batch = NetlinkBatch()
      batch.setLink(1, up: true)
      try machine.run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
      let program = try Program(
        [
          "hosts", "db", "--follow-holder", "10.0.0.200", "10.0.0.1", "10.0.0.2", "--every", "1h",
          "--file", file,
        ], wrapper: ["nsenter", "--net=\(machine.path)"])
      #expect(try waitUntil(20) { try text(file) == "10.0.0.2\tdb\n" }, "\(program.errorOutput)")
      for isHeld in [true, false] {
        var batch = NetlinkBatch()
        let vip = IPAddress("10.0.0.200")!
        if isHeld {
          try batch.addAddress(vip, prefixLength: 32, to: 1)
        } else {
          try batch.removeAddress(vip, prefixLength: 32, from: 1)
        }
        try machine.run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
        let isLed = try waitUntil(20) { try text(file) == "10.0.0.\(isHeld ? 1 : 2)\tdb\n" }
        #expect(isLed, "\(program.errorOutput)")
      }
      // Somebody's editor has the file elsewhere for a moment.
      try FileManager.default.moveItem(atPath: file, toPath: file + "~")
      var claim = NetlinkBatch()
      try claim.addAddress(IPAddress("10.0.0.200")!, prefixLength: 32, to: 1)
      try machine.run { () throws(KernelError) in try NetlinkSocket().perform(claim) }
      #expect(waitUntil(20) { program.errorOutput.contains("No such file or directory") })
      try FileManager.default.moveItem(atPath: file + "~", toPath: file)
      #expect(program.process.isRunning)
      program.signal(SIGINT)
      #expect(try program.finish(within: 20).code == 130)
    }

    /// Of a file that cannot be replaced nothing is lost.
    @Test(arguments: [
      ("mount --bind \"$0\" \"$0\"", 1, "Device or resource busy (it is a mount of its own"),
      ("mount -t tmpfs -o size=4k none \"$1\" && cp \"$0\" \"$1\"", 1, "No space left on device"),
      (
        "mount -t tmpfs none \"$1\" && cp \"$0\" \"$1\" && mount -o remount,ro \"$1\"", 1,
        "Read-only file system"
      ),
    ])
    func aFileThatCannotBeReplacedIsKept(script: String, code: Int32, words: String) throws {
      let folder = try temporaryFile("folder")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let file = try hosts()
      let name =
        script.contains("$1") ? "\(folder)/\(URL(fileURLWithPath: file).lastPathComponent)" : file
      let outcome = try Program.run(
        ["hosts", "db", "\(FreePort.tcp(at: localhost))", "127.0.0.1", "10.0.0.2", "--file", name],
        wrapper: [
          "unshare", "--mount", "sh", "-c",
          "\(script) || exit 99; shift; \"$@\"; code=$?; cmp \"$0\" '\(name)' || exit 98; exit $code",
          file, folder,
        ])
      #expect(outcome.code == code && outcome.error.contains(words), "\(outcome)")
    }

    @Test(arguments: [
      ["db", "0", "10.0.0.1", "10.0.0.2"], ["db", "80", "10.0.0.1"],
      ["a b", "80", "10.0.0.1", "10.0.0.2"], ["db", "80", "10.0.0.1", "alpha"],
      ["db", "--follow-holder", "10.0.0.200", "80", "10.0.0.1", "10.0.0.2"],
      ["db", "80", "10.0.0.1", "10.0.0.2", "--every", "1ns"],
    ])
    func whatIsNoAddressPortOrNameIsRefused(arguments: [String]) throws {
      let file = try hosts()
      let outcome = try Program.run(["hosts", "--file", file] + arguments)
      #expect(outcome.code == 64, "\(outcome)")
      #expect(try text(file) == "127.0.0.1 localhost\n10.0.0.1 db mail\n")
    }
  }
}
