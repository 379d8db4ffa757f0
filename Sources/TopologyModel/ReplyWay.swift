package import Packets

/// A way of its own that servers have for what they send as the VIP (`ip rule add from VIP lookup TABLE`).
package struct ReplyWay: Codable, Hashable, Sendable {
  /// The index of the segment it begins with.
  package let segment: Int
  /// A router there.
  package let gateway: IPAddress
}

/// The part of the resolver that deals with them.
extension TopologyResolver {
  /// `nil` where answers go back as they came, or with a mistake.
  mutating func resolveReplies(
    of path: TopologyDocument.Path, kind: PathKind, segment: Int, _ members: [PathMember],
    subject: String
  ) -> ReplyWay? {
    guard let name = path.replies,
      let other = segmentIndex(name, subject: "\(subject): replies")
    else { return nil }
    func refuse(_ words: String) -> ReplyWay? {
      mistakes.add("\(subject): replies: \(words)", at: name.place)
      return nil
    }
    if kind.isOverlay {
      return refuse("an overlay's answers go back in it; take it out, or make the path native")
    }
    if isOnHosts {
      return refuse(
        "is of labs: machines have the `gateway` that their attachment names; take it out")
    }
    let servers = members.map { nodes[$0.node] }.filter { $0.role == .server }
    if let stray = servers.first(where: { $0.attachment(to: other) == nil }) {
      return refuse("server `\(stray.name)` is not on segment `\(name.value)`; attach it")
    }
    guard other != segment, let way = routing.way(from: other, to: segment)?.first,
      let gateway = nodes[way.router].attachment(to: other)?.address
    else {
      return refuse(
        "no router leads from segment `\(name.value)` to the VIP's; name one where a router is")
    }
    return ReplyWay(segment: other, gateway: gateway)
  }

  /// Who answered must be known by what is answered: the frame is the router's.
  mutating func checkReplies(of paths: [TopologyPath], _ probe: ProbeSettings) {
    guard [.icmp, .tcp].contains(probe.kind),
      let path = paths.first(where: { $0.replies != nil }),
      let written = document.paths.first(where: { $0.name.value == path.name })?.replies
    else { return }
    mistakes.add(
      "path `\(path.name)`: replies: who answers `probe: { kind: \(probe.kind.rawValue) }` is known by the frame "
        + "of the answer, which comes from the router; take `stamp` or `http`", at: written.place)
  }
}
