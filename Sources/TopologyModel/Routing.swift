package import Packets

/// A static route of a node (`ip route add NETWORK via GATEWAY`).
package struct StaticRoute: Codable, Hashable, Sendable {
  package let network: IPNetwork
  package let gateway: IPAddress
}

/// The ways between segments of one version of IP through routers, each by as few of them as
/// possible.
struct Routing {
  private let segments: [Segment]
  private let nodes: [TopologyNode]

  /// One router on the way and the segment it leads to.
  struct Hop: Hashable {
    let router: Int
    let segment: Int
  }

  init(segments: [Segment], nodes: [TopologyNode]) {
    self.segments = segments
    self.nodes = nodes
  }

  /// From a node's segments to one it is not attached to: where the way begins, and its hops.
  func way(from node: TopologyNode, to segment: Int) -> (start: Int, hops: [Hop])? {
    node.attachments.filter { family($0.segment) == family(segment) }.compactMap { attachment in
      way(from: attachment.segment, to: segment).map { (attachment.segment, $0) }
    }.min { $0.1.count < $1.1.count }
  }

  /// Breadth first; `nil` where there is no way.
  func way(from start: Int, to goal: Int) -> [Hop]? {
    var ways: [Int: [Hop]] = [start: []]
    var reached = [start]
    while let next = reached.first, let way = ways[next] {
      if next == goal { return way }
      reached.removeFirst()
      for (index, router) in nodes.enumerated() where router.leads(from: next) {
        for attachment in router.attachments
        where ways[attachment.segment] == nil && family(attachment.segment) == family(goal) {
          ways[attachment.segment] = way + [Hop(router: index, segment: attachment.segment)]
          reached.append(attachment.segment)
        }
      }
    }
    return nil
  }

  private func family(_ segment: Int) -> IPFamily { segments[segment].subnet.family }

  /// The segments on the ways between those of `own`, and these.
  func segments(between own: Set<Int>) -> Set<Int> {
    let crossed = own.flatMap { start in
      own.flatMap { way(from: start, to: $0)?.map(\.segment) ?? [] }
    }
    return own.union(crossed)
  }

  /// The nodes with their routes.
  var routed: [TopologyNode] {
    nodes.map { node in
      var node = node
      node.routes = routes(of: node)
      return node
    }
  }

  /// To every segment that the node is not on and that there is a way to.
  private func routes(of node: TopologyNode) -> [StaticRoute] {
    segments.indices.compactMap { segment in
      guard node.attachment(to: segment) == nil, let way = way(from: node, to: segment),
        let first = way.hops.first,
        let gateway = nodes[first.router].attachment(to: way.start)?.address
      else { return nil }
      return StaticRoute(network: segments[segment].subnet, gateway: gateway)
    }
  }
}

extension TopologyNode {
  /// Whether it forwards what comes from `segment`.
  fileprivate func leads(from segment: Int) -> Bool {
    role == .router && attachment(to: segment) != nil
  }
}
