package import TopologyModel

/// One node's stream of probes on a path, numbered from 0 for as long as the path is measured.
package struct StreamID: Hashable, Codable, Sendable {
  package let prober: NodeID

  package init(prober: NodeID) { self.prober = prober }

  package init(from decoder: any Decoder) throws { prober = try NodeID(from: decoder) }

  package func encode(to encoder: any Encoder) throws { try prober.encode(to: encoder) }
}
