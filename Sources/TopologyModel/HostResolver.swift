import Packets

/// The part of the resolver that keeps labs and real machines apart.
extension TopologyResolver {
  /// Whether the file's nodes are machines of their own.
  var isOnHosts: Bool { document.nodes.contains(where: \.isHost) }

  /// All nodes are real machines, or none; and what a lab alone can do is asked of no other.
  mutating func checkHosts() {
    for node in document.nodes {
      checkReach(of: node)
      for attachment in node.attachments { check(attachment, of: node) }
    }
    guard isOnHosts else { return }
    for segment in document.segments { checkSwitch(of: segment) }
  }

  private mutating func checkReach(of node: TopologyDocument.Node) {
    guard isOnHosts else { return }
    let subject = "node `\(node.name.value)`"
    if !node.isHost {
      mistakes.add(
        "\(subject): other nodes are real machines; say how this one is reached with `ssh` or "
          + "`exec`", at: node.name.place)
    }
    if let role = node.role, role.value == .router {
      mistakes.add(
        "\(subject): role: routers between real machines are theirs; make it a client or take it "
          + "out", at: role.place)
    }
    if !node.neighbourSettings.isEmpty {
      mistakes.add(
        "\(subject): `neigh` belongs to a lab; a real machine keeps its own settings",
        at: node.name.place)
    }
  }

  private mutating func check(
    _ attachment: TopologyDocument.Attachment, of node: TopologyDocument.Node
  ) {
    let subject = "node `\(node.name.value)`: on: \(attachment.segment.value)"
    if let name = attachment.interface, let objection = objection(toInterface: name.value) {
      mistakes.add("\(subject): interface: \(objection)", at: name.place)
    }
    let keys: [(String, Place?)] = [
      ("interface", attachment.interface?.place), ("existing", attachment.isExisting?.place),
      ("gateway", attachment.gateway?.place),
    ]
    if !node.isHost, case (let key, let place?)? = keys.first(where: { $0.1 != nil }) {
      mistakes.add(
        "\(subject): `\(key)` belongs to a real "
          + "machine; say how it is reached with `ssh` or `exec`, or take the key out", at: place)
    }
    let subnet = document.segments.first { $0.name.value == attachment.segment.value }?.subnet?
      .value
    if let gateway = attachment.gateway, let subnet, !subnet.isAssignable(gateway.value) {
      mistakes.add(
        "\(subject): gateway: \(gateway.value) is not a host address of \(subnet)",
        at: gateway.place)
    }
    guard attachment.usesExisting, let vlan = attachment.vlan else { return }
    mistakes.add(
      "\(subject): vlan: an existing interface is used as it is; name the VLAN's own interface, or "
        + "take `existing` out", at: vlan.place)
  }

  /// What is wrong with an interface's name or pattern, or `nil`.
  private func objection(toInterface name: String) -> String? {
    let plain = String(name.map { $0 == "*" ? "x" : $0 })
    return InterfaceName.objection(toExisting: plain).map { "`\(name)` \($0)" }
  }

  private mutating func checkSwitch(of segment: TopologyDocument.Segment) {
    let places: [(String, Place?)] = [
      ("switch", segment.switchModel?.place), ("delay", segment.delay?.place),
      ("jitter", segment.jitter?.place), ("loss", segment.loss?.place),
      ("rate", segment.rate?.place),
    ]
    for case (let key, let place?) in places {
      mistakes.add(
        "segment `\(segment.name.value)`: `\(key)` belongs to a lab; real machines have a network of "
          + "their own", at: place)
    }
  }
}
