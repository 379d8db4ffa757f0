import Glibc
package import LinuxNet
package import Packets

/// Answers on an outer link for the IPv6 neighbours of inner ones, by entries of the kernel's (`ip -6 neighbour add
/// proxy`), which come and go with what the kernel knows of them (RFC 4389 has the idea; none of its messages is
/// carried over).
package final class NeighbourProxy {
  package struct Settings: Sendable {
    package var outer: String
    package var inner: [String]
    /// Only addresses of these networks, unless there are none.
    package var only: [IPNetwork]

    package init(outer: String, inner: [String], only: [IPNetwork]) {
      self.outer = outer
      self.inner = inner
      self.only = only
    }
  }

  package enum News: Hashable, Sendable {
    case answering(IPAddress, behind: String)
    case silent(IPAddress, reason: String)
    /// Something the user should know of and that stops nothing.
    case warning(String)
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Says in the kernel's table whose an entry is (`RTPROT_…`, `ip -d neighbour show proxy`); nobody else's number.
  package static let origin: UInt8 = 118

  private let settings: Settings
  private let tell: (News) -> Void
  private let netlink: NetlinkSocket
  private let monitor: NetworkMonitor
  private let outer: Int32
  /// What `proxy_ndp` was before; `nil` where it was on already.
  private let before: String?
  /// Held as long as this works, so that no other takes its entries for its own.
  private let lock: LocalSocket
  private var neighbours: ProxiedNeighbours
  private var missing: Set<String> = []

  /// In the namespace of the calling thread.
  package init(_ settings: Settings, tell: @escaping (News) -> Void) throws {
    self.settings = settings
    self.tell = tell
    netlink = try NetlinkSocket()
    monitor = try NetworkMonitor()
    outer = try NeighbourProxy.index(of: settings.outer, netlink)
    for name in settings.inner { _ = try NeighbourProxy.index(of: name, netlink) }
    do {
      lock = try .listening(on: "vipjuggler-ndproxy-\(outer)")
    } catch {
      guard error.code == EADDRINUSE else { throw error }
      throw Failure(description: "another ndproxy is at work at \(settings.outer); end it first")
    }
    let switching = NeighbourProxy.parameter("proxy_ndp", of: settings.outer)
    let value = try Sysctl.get(switching)
    if value == "0" { try Sysctl.set(switching, to: "1") }
    before = value == "0" ? value : nil
    let left = try netlink.neighbourProxies(.v6, on: outer).filter {
      $0.origin == NeighbourProxy.origin
    }
    neighbours = ProxiedNeighbours(only: settings.only, left: Set(left.map(\.address)))
    if (try? Sysctl.get(NeighbourProxy.parameter("forwarding", of: settings.outer))) == "0" {
      tell(
        .warning(
          "\(settings.outer) forwards no IPv6, and the kernel answers for nobody there: "
            + "`sysctl -w net.ipv6.conf.all.forwarding=1`"))
    }
  }

  private static func parameter(_ name: String, of interface: String) -> String {
    "ipv6.conf.\(Sysctl.scope(ofInterface: interface)).\(name)"
  }

  private static func index(of name: String, _ netlink: NetlinkSocket) throws -> Int32 {
    guard let link = try netlink.links().first(where: { $0.name == name }) else {
      throw Failure(description: "there is no interface `\(name)`")
    }
    return link.index
  }

  /// Until it is interrupted, or the outer link has gone. All is then as it was before.
  package func run(until interruption: Interruption) throws {
    let end = Result { try work(until: interruption) }
    try undo()
    try end.get()
  }

  private func work(until interruption: Interruption) throws {
    let poll = try EventPoll()
    try poll.add(interruption.descriptor, tag: 0)
    try poll.add(monitor.descriptor, tag: 1)
    try lookAtAll()
    while !interruption.hasCome {
      _ = poll.wait(timeout: NeighbourProxy.longest)
      try follow()
    }
  }

  /// There is nothing to be done but what one of the two tells of.
  private static let longest = TimeSpan.seconds(60)

  private func follow() throws {
    var changes: [NetworkChange] = []
    monitor.drain { changes.append($0) }
    let isAnew = changes.contains {
      switch $0 {
      case .link, .overrun, .addressAdded, .addressRemoved: true
      default: false
      }
    }
    if isAnew { return try lookAtAll() }
    let own = try ownAddresses()
    let steps = changes.flatMap { neighbours.take($0, own: own) }
    if !steps.isEmpty { try perform(steps) }
  }

  /// Which links there are, and every entry of theirs.
  private func lookAtAll() throws {
    let links = try netlink.links()
    guard links.contains(where: { $0.index == outer }) else {
      throw Failure(description: "interface `\(settings.outer)` has gone")
    }
    let there = links.filter { settings.inner.contains($0.name) }
    let gone = Set(settings.inner).subtracting(there.map(\.name))
    for name in gone.subtracting(missing).sorted() {
      tell(.warning("interface `\(name)` has gone; it is waited for"))
    }
    missing = gone
    try perform(
      neighbours.renew(
        try netlink.neighbours(.v6), inner: Set(there.map(\.index)), own: try ownAddresses()))
  }

  private func ownAddresses() throws(KernelError) -> Set<IPAddress> {
    Set(try netlink.addresses(.v6).map(\.address))
  }

  private func perform(_ steps: [ProxiedNeighbours.Step]) throws {
    try match(neighbours.addresses)
    let links = try netlink.links()
    for step in steps {
      switch step {
      case .add(let address, let index):
        let name = links.first { $0.index == index }?.name ?? "an inner link"
        tell(.answering(address, behind: name))
      case .remove(let address, let reason): tell(.silent(address, reason: reason))
      }
    }
  }

  /// Adds entries that are missing, as where the kernel has dropped those of a link that went down, and removes its
  /// own that are not wanted. Somebody else's does the same as one of its own, and stays as it is.
  private func match(_ wanted: [IPAddress]) throws(KernelError) {
    let there = try netlink.neighbourProxies(.v6, on: outer)
    let (known, goal) = (Set(there.map(\.address)), Set(wanted))
    var batch = NetlinkBatch()
    for address in wanted where !known.contains(address) {
      try batch.addNeighbourProxy(address, on: outer, of: NeighbourProxy.origin)
    }
    for entry in there
    where entry.origin == NeighbourProxy.origin && !goal.contains(entry.address) {
      try batch.removeNeighbourProxy(entry.address, on: outer)
    }
    try netlink.perform(batch)
  }

  /// As it was before; of a link that has gone nothing is left.
  private func undo() throws {
    // It may be called otherwise by now.
    guard let link = try netlink.links().first(where: { $0.index == outer }) else { return }
    try match([])
    if let before {
      try Sysctl.set(NeighbourProxy.parameter("proxy_ndp", of: link.name), to: before)
    }
  }
}
