import Packets

/// Where a node stands towards a segment that a VIP moves on.
struct MemberPlace {
  let node: Int
  let attachment: Attachment
  /// The router whose neighbour entry decides, for one that is not on the segment.
  let gateway: Int?

  /// Servers and clients of `segment`, clients behind routers, and the last routers on their way.
  static func places(
    on segment: Int, nodes: [TopologyNode], _ routing: Routing
  ) -> [MemberPlace] {
    let all = nodes.enumerated().compactMap { index, node -> MemberPlace? in
      if let attachment = node.attachment(to: segment) {
        return MemberPlace(node: index, attachment: attachment, gateway: nil)
      }
      guard node.role == .client, let way = routing.way(from: node, to: segment),
        let attachment = node.attachment(to: way.start)
      else { return nil }
      return MemberPlace(node: index, attachment: attachment, gateway: way.last.router)
    }
    let gateways = Set(all.compactMap(\.gateway))
    return all.filter { nodes[$0.node].role != .router || gateways.contains($0.node) }
  }
}
