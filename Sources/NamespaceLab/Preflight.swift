package import LinuxNet
package import TopologyModel

/// What this kernel cannot do of what a topology asks.
package struct Preflight: Sendable {
  /// What the kernel said to every capability that was tried; `nil` when it has it.
  package let objections: [Capability: KernelError?]
  /// Why the lab cannot be built; `nil` when it can.
  package let obstacle: String?
  /// Why a path cannot run, by the path's name.
  package let skipped: [String: String]

  /// Tries what the paths of `topology` need, or everything.
  package init(_ topology: Topology, everything: Bool = false) throws(KernelError) {
    let needed = topology.paths.reduce(topology.needs) { $0.union(topology.needs(of: $1)) }
    var objections: [Capability: KernelError?] = [:]
    for capability in Capability.allCases where everything || needed.contains(capability) {
      objections[capability] = .some(try capability.objection())
    }
    self.objections = objections
    obstacle = Preflight.lack(of: topology.needs, objections)
    var skipped: [String: String] = [:]
    for path in topology.paths {
      skipped[path.name] = Preflight.lack(
        of: topology.needs.union(topology.needs(of: path)), objections)
    }
    self.skipped = skipped
  }

  /// What of `needs` this kernel does not have, and what to do; `nil` when it has all.
  private static func lack(
    of needs: Set<Capability>, _ objections: [Capability: KernelError?]
  ) -> String? {
    let lacking = needs.sorted { $0.rawValue < $1.rawValue }.compactMap { capability in
      (objections[capability] ?? nil).map {
        capability.missingProgram ?? "this kernel lacks \(capability.described): \($0)"
      }
    }
    return lacking.isEmpty ? nil : lacking.joined(separator: "; ")
  }
}
