/// A node's index in the topology: its id in probes, and in all that is observed.
package struct NodeID: RawRepresentable, Hashable, Comparable, Codable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The node at `index` of `Topology.nodes`.
  package init(_ index: Int) { rawValue = UInt16(index) }

  package static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }
}

/// A server's place in the order of turns: 0 is the first server of the topology file.
package struct ServerIndex: RawRepresentable, Hashable, Codable, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }
}

extension NodeID: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: UInt16) { rawValue = value }
}

extension ServerIndex: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int) { rawValue = value }
}
