package import LinuxNet
package import TopologyModel

/// What this kernel cannot do of what a topology asks.
package struct Preflight: Sendable {
  /// What the kernel said to every capability that was tried; `nil` when it has it.
  package let objections: [Capability: KernelError?]
  /// Why a path cannot run, by the path's name.
  package let skipped: [String: String]

  /// Tries what the paths of `topology` need, or everything.
  package init(_ topology: Topology, everything: Bool = false) throws(KernelError) {
    let needed = topology.paths.reduce(into: Set<Capability>()) {
      $0.formUnion(topology.needs(of: $1))
    }
    var objections: [Capability: KernelError?] = [:]
    for capability in Capability.allCases where everything || needed.contains(capability) {
      objections[capability] = .some(try capability.objection())
    }
    self.objections = objections
    var skipped: [String: String] = [:]
    for path in topology.paths {
      let lacking = topology.needs(of: path).sorted { $0.rawValue < $1.rawValue }
        .compactMap { capability in
          (objections[capability] ?? nil).map {
            capability.missingProgram
              ?? "this kernel lacks \(capability.described): \($0)"
          }
        }
      if !lacking.isEmpty { skipped[path.name] = lacking.joined(separator: "; ") }
    }
    self.skipped = skipped
  }
}
