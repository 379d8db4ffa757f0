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
  /// From each segment: how each that there is a way to is reached.
  private let arrivals: [[Int: Arrival]]

  /// One router on the way and the segment it leads to.
  struct Hop: Hashable {
    let router: Int
    let segment: Int
  }

  /// The end of a way.
  private struct Arrival {
    /// Routers on the way.
    var count: Int
    var first: Hop
    var last: Hop
    /// The segment before it.
    var previous: Int
  }

  init(segments: [Segment], nodes: [TopologyNode]) {
    self.segments = segments
    self.nodes = nodes
    var routers: [[Int]] = Array(repeating: [], count: segments.count)
    for (index, node) in nodes.enumerated() where node.role == .router {
      for attachment in node.attachments { routers[attachment.segment].append(index) }
    }
    arrivals = segments.indices.map { Routing.arrivals(from: $0, routers, segments, nodes) }
  }

  /// Breadth first; a router that was come by once leads nowhere else.
  private static func arrivals(
    from start: Int, _ routers: [[Int]], _ segments: [Segment], _ nodes: [TopologyNode]
  ) -> [Int: Arrival] {
    var arrivals: [Int: Arrival] = [:]
    var passed: Set<Int> = []
    var reached = [start]
    var number = 0
    while number < reached.count {
      let segment = reached[number]
      number += 1
      for router in routers[segment] where passed.insert(router).inserted {
        for next in nodes[router].attachments.map(\.segment)
        where next != start && arrivals[next] == nil
          && segments[next].subnet.family == segments[start].subnet.family
        {
          let hop = Hop(router: router, segment: next)
          let before = arrivals[segment]
          arrivals[next] = Arrival(
            count: (before?.count ?? 0) + 1, first: before?.first ?? hop, last: hop,
            previous: segment)
          reached.append(next)
        }
      }
    }
    return arrivals
  }

  /// From a node's segments to one it is not attached to: where the way begins, its first router and
  /// its last.
  func way(from node: TopologyNode, to segment: Int) -> (start: Int, first: Hop, last: Hop)? {
    node.attachments.compactMap { attachment in
      arrivals[attachment.segment][segment].map { (attachment.segment, $0) }
    }.min { $0.1.count < $1.1.count }.map { ($0.0, $0.1.first, $0.1.last) }
  }

  /// Every router on the way, in its order; `nil` where there is no way.
  func way(from start: Int, to goal: Int) -> [Hop]? {
    var hops: [Hop] = []
    var segment = goal
    while segment != start {
      guard let arrival = arrivals[start][segment] else { return nil }
      hops.append(arrival.last)
      segment = arrival.previous
    }
    return hops.reversed()
  }

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
        let gateway = nodes[way.first.router].attachment(to: way.start)?.address
      else { return nil }
      return StaticRoute(network: segments[segment].subnet, gateway: gateway)
    }
  }
}
