import Foundation
import LinuxNet
import NamespaceLab
import TestSupport
import Testing
import TopologyModel

extension EndToEnd {
  /// IPv6 guests that the outer network takes to be on its own link.
  @Suite(.besideOthers) struct NDProxyTests {
    /// The nodes of `topologies/ndproxy.yaml`, as its story has them.
    private struct Rack {
      private static let names = ["alpha", "bravo", "host", "client"]
      let lab: Lab

      init() throws {
        let file = Program.topology("ndproxy")
        lab = try Lab(
          Topology(parsing: String(contentsOfFile: file, encoding: .utf8), file: file))
        try run("client", "ip", "-6", "route", "replace", "fd00:2::/64", "dev", "outer")
      }

      func entering(_ name: String) -> [String] {
        ["nsenter", "--net=\(lab.nodes[Rack.names.firstIndex(of: name)!].path)"]
      }

      @discardableResult
      func run(_ name: String, _ command: String...) throws -> String {
        try outcome(of: entering(name) + command).output
      }

      /// Whether the client reaches the guest alpha.
      func isReached() throws -> Bool {
        try run("client", "ping", "-c", "1", "-W", "2", "fd00:2::11").contains(" 1 received")
      }

      /// Lets the host learn its neighbour.
      func speak(_ guest: String = "alpha") throws {
        let heard = try run(guest, "ping", "-c", "1", "-W", "2", "fd00:2::1")
        #expect(heard.contains(" 1 received"), "\(heard)")
      }

      func proxies() throws -> String {
        try run("host", "ip", "-6", "-d", "neigh", "show", "proxy")
      }

      func start(_ arguments: String...) throws -> Program {
        try Program(["ndproxy"] + arguments, wrapper: entering("host"))
      }
    }

    @Test func aGuestIsReachedWithItAndNotWithout() throws {
      let rack = try Rack()
      #expect(try !rack.isReached())
      // Somebody else's entry stays.
      try rack.run("host", "ip", "-6", "neigh", "add", "proxy", "fd00:2::99", "dev", "outer")
      let proxy = try rack.start("outer", "inner", "--only", "fd00:2::/64")
      try rack.speak()
      #expect(
        waitUntil(5) {
          proxy.errorOutput.contains("fd00:2::11 is behind inner: outer answers for it")
        }, "\(proxy.errorOutput)")
      #expect(try waitUntil(10) { try rack.isReached() })
      // A guest that has gone is found out when somebody asks for it.
      try rack.run("alpha", "ip", "address", "del", "fd00:2::11/64", "dev", "inner")
      #expect(
        try waitUntil(15) {
          try !rack.isReached()
            && proxy.errorOutput.contains(
              "fd00:2::11: outer answers for it no longer: it does not answer")
        }, "\(proxy.errorOutput)")
      try rack.speak("bravo")
      #expect(try waitUntil(5) { try rack.proxies().contains("fd00:2::12 ") })
      proxy.signal(SIGINT)
      let outcome = try proxy.finish(within: 10)
      #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome)")
      #expect(try rack.proxies() == "fd00:2::99 dev outer proxy \n")
      #expect(
        try rack.run("host", "cat", "/proc/sys/net/ipv6/conf/outer/proxy_ndp") == "0\n")
    }

    /// One that was killed is taken over from.
    @Test func whatAKilledOneHasLeftIsNoBurden() throws {
      let rack = try Rack()
      let killed = try rack.start("outer", "inner")
      for guest in ["alpha", "bravo"] { try rack.speak(guest) }
      #expect(
        try waitUntil(5) {
          try rack.proxies().contains("::11 ") && rack.proxies().contains("::12 ")
        })
      let second = try rack.start("outer", "inner")
      let refused = try second.finish(within: 10)
      #expect(
        refused.code == 1
          && refused.error
            == "vipjuggler: another ndproxy is at work at outer; end it first\n",
        "\(refused)")
      killed.signal(SIGKILL)
      killed.process.waitUntilExit()
      #expect(try rack.proxies().contains("::11 "))
      try rack.run("host", "ip", "neigh", "flush", "dev", "inner")
      try rack.speak("bravo")
      let proxy = try rack.start("outer", "inner")
      #expect(
        waitUntil(5) { proxy.errorOutput.contains("fd00:2::11: outer answers for it no longer") },
        "\(proxy.errorOutput)")
      #expect(try rack.proxies().contains("::12 ") && !rack.proxies().contains("::11 "))
      proxy.signal(SIGTERM)
      _ = try proxy.finish(within: 10)
      #expect(try rack.proxies().isEmpty)
    }

    @Test func linksThatGoAwayAreToldOf() throws {
      let rack = try Rack()
      let nobody = try rack.start("outer", "nosuch").finish(within: 10)
      #expect(
        nobody.code == 1 && nobody.error == "vipjuggler: there is no interface `nosuch`\n",
        "\(nobody)")
      let proxy = try rack.start("outer", "inner")
      try rack.speak()
      #expect(try waitUntil(5) { try rack.proxies().contains("::11 ") })
      try rack.run("host", "ip", "link", "del", "inner")
      #expect(
        waitUntil(5) { proxy.errorOutput.contains("interface `inner` has gone; it is waited for") },
        "\(proxy.errorOutput)")
      #expect(try waitUntil(5) { try rack.proxies().isEmpty })
      try rack.run("host", "ip", "link", "del", "outer")
      let outcome = try proxy.finish(within: 10)
      #expect(
        outcome.code == 1 && outcome.error.hasSuffix("vipjuggler: interface `outer` has gone\n"),
        "\(outcome)")
    }

    /// The kernel drops the entries of a link that goes down.
    @Test func anOuterLinkThatComesBackHasItsEntries() throws {
      let rack = try Rack()
      let proxy = try rack.start("outer", "inner")
      try rack.speak()
      #expect(try waitUntil(5) { try rack.proxies().contains("::11 ") })
      try rack.run("host", "ip", "link", "set", "outer", "down")
      try rack.run("host", "ip", "link", "set", "outer", "up")
      #expect(try waitUntil(5) { try rack.proxies().contains("::11 ") }, "\(proxy.errorOutput)")
      // What somebody else has made of an entry is theirs.
      try rack.run(
        "host", "ip", "-6", "neigh", "replace", "proxy", "fd00:2::11", "dev", "outer", "protocol",
        "static")
      proxy.signal(SIGINT)
      #expect(try proxy.finish(within: 10).code == 0)
      #expect(try rack.proxies().hasPrefix("fd00:2::11 dev outer proxy proto static"))
    }

    /// Debian's ndppd does it by packets of its own, in the same place.
    @Test func ndppdDoesTheSame() throws {
      let rack = try Rack()
      let settings = try temporaryFile(
        "ndppd.conf", "proxy outer {\n  rule fd00:2::/64 {\n    iface inner\n  }\n}\n")
      let peer = Process()
      peer.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      let program = Program.root.appendingPathComponent(".build/tools/usr/sbin/ndppd").path
      peer.arguments = rack.entering("host") + [program, "-c", settings]
      peer.standardOutput = FileHandle.nullDevice
      peer.standardError = FileHandle.nullDevice
      try peer.run()
      defer {
        kill(peer.processIdentifier, SIGKILL)
        peer.waitUntilExit()
      }
      #expect(try waitUntil(15) { try rack.isReached() })
      #expect(try rack.proxies().isEmpty)
    }
  }
}
