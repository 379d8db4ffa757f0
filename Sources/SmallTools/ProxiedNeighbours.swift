package import LinuxNet
package import Packets

/// The IPv6 neighbours of inner links that are to be answered for on an outer one: told what the kernel tells of its
/// neighbours, it says what is to be done. It does nothing itself.
package struct ProxiedNeighbours: Sendable {
  package enum Step: Hashable, Sendable {
    case add(IPAddress, index: Int32)
    case remove(IPAddress, reason: String)
  }

  /// The inner links that are there.
  private var inner: Set<Int32> = []
  /// Only addresses of these, unless there are none.
  private let networks: [IPNetwork]
  /// Behind which links each is.
  private var places: [IPAddress: Set<Int32>] = [:]

  /// An earlier run has left `left`, which are answered for already.
  package init(only networks: [IPNetwork], left: Set<IPAddress> = []) {
    self.networks = networks
    for address in left { places[address] = [] }
  }

  /// The addresses that are answered for.
  package var addresses: [IPAddress] { places.keys.sorted { "\($0)" < "\($1)" } }

  /// Takes note of a change; `own` are the addresses of this host.
  package mutating func take(_ change: NetworkChange, own: Set<IPAddress>) -> [Step] {
    switch change {
    case .neighbour(let address, let mac, let state, let index) where inner.contains(index):
      switch state {
      case .reachable, .stale, .delay, .probe, .permanent:
        guard mac != nil, isWanted(address), !own.contains(address) else { return [] }
        return add(address, at: index)
      case .failed: return remove(address, at: index, "it does not answer")
      case .none, .incomplete, .noARP: return []
      }
    case .neighbourRemoved(let address, let index):
      return remove(address, at: index, "its entry is gone")
    case .addressAdded(let address, _):
      return places[address] == nil ? [] : forget(address, "it is this host's own")
    default: return []
    }
  }

  /// Takes note of all entries that there are, where those of `inner` count.
  package mutating func renew(
    _ all: [NetworkChange], inner: Set<Int32>, own: Set<IPAddress>
  ) -> [Step] {
    let before = Set(places.keys)
    places = [:]
    self.inner = inner
    for change in all { _ = take(change, own: own) }
    let gone = before.subtracting(places.keys).sorted { "\($0)" < "\($1)" }
    let added = addresses.filter { !before.contains($0) }
    return gone.map { .remove($0, reason: "its entry is gone") }
      + added.map { .add($0, index: places[$0]?.min() ?? 0) }
  }

  private func isWanted(_ address: IPAddress) -> Bool {
    guard case .v6(let address6) = address, !address6.isLinkLocal, !address6.isMulticast else {
      return false
    }
    return networks.isEmpty || networks.contains { $0.contains(address) }
  }

  private mutating func add(_ address: IPAddress, at index: Int32) -> [Step] {
    let isNew = places[address] == nil
    places[address, default: []].insert(index)
    return isNew ? [.add(address, index: index)] : []
  }

  private mutating func remove(
    _ address: IPAddress, at index: Int32, _ reason: String
  ) -> [Step] {
    guard places[address]?.remove(index) != nil, places[address]?.isEmpty == true else {
      return []
    }
    return forget(address, reason)
  }

  private mutating func forget(_ address: IPAddress, _ reason: String) -> [Step] {
    places[address] = nil
    return [.remove(address, reason: reason)]
  }
}
