import LinuxNet
import Packets
import SmallTools
import Testing

@Suite struct ProxiedNeighboursTests {
  private let guest = IPAddress("2001:db8::50")!
  private let own = IPAddress("2001:db8::1")!
  private let mac = MACAddress("02:00:00:00:00:50")!

  private func neighbours(only networks: [String] = []) -> ProxiedNeighbours {
    var neighbours = ProxiedNeighbours(only: networks.map { IPNetwork($0)! })
    _ = neighbours.renew([], inner: [2, 3], own: [own])
    return neighbours
  }

  private func entry(
    _ address: IPAddress, _ state: NeighbourState = .reachable, at index: Int32 = 2
  ) -> NetworkChange {
    .neighbour(address, state == .failed ? nil : mac, state, index: index)
  }

  @Test func aNeighbourIsAnsweredForAsLongAsItIsThere() {
    var neighbours = neighbours()
    #expect(neighbours.take(entry(guest, .stale), own: [own]) == [.add(guest, index: 2)])
    for state in [NeighbourState.delay, .probe, .reachable, .incomplete] {
      #expect(neighbours.take(entry(guest, state), own: [own]) == [])
    }
    let gone = ProxiedNeighbours.Step.remove(guest, reason: "it does not answer")
    #expect(neighbours.take(entry(guest, .failed), own: [own]) == [gone])
    #expect(neighbours.take(entry(guest, .failed), own: [own]) == [])
    #expect(neighbours.take(entry(guest), own: [own]) == [.add(guest, index: 2)])
    let forgotten = ProxiedNeighbours.Step.remove(guest, reason: "its entry is gone")
    #expect(neighbours.take(.neighbourRemoved(guest, index: 2), own: [own]) == [forgotten])
    #expect(neighbours.addresses == [])
  }

  @Test func behindTwoLinksItGoesWithTheLast() {
    var neighbours = neighbours()
    #expect(neighbours.take(entry(guest), own: []) == [.add(guest, index: 2)])
    #expect(neighbours.take(entry(guest, at: 3), own: []) == [])
    #expect(neighbours.take(entry(guest, .failed), own: []) == [])
    #expect(neighbours.take(.neighbourRemoved(guest, index: 3), own: []).count == 1)
  }

  @Test func whatIsNobodysGuestIsNotAnsweredFor() {
    var neighbours = neighbours(only: ["2001:db8::/120"])
    for address in ["fe80::50", "ff02::1", "2001:db8::1", "2001:db8::1:50", "10.0.0.1"] {
      #expect(neighbours.take(entry(IPAddress(address)!), own: [own]) == [], "\(address)")
    }
    // Of another link, without an answer yet, or without a MAC address.
    #expect(neighbours.take(entry(guest, at: 4), own: [own]) == [])
    #expect(neighbours.take(entry(guest, .incomplete), own: [own]) == [])
    #expect(neighbours.take(entry(guest, .noARP), own: [own]) == [])
    #expect(neighbours.take(.neighbour(guest, nil, .stale, index: 2), own: [own]) == [])
    #expect(neighbours.take(entry(guest), own: [own]) == [.add(guest, index: 2)])
    let taken = ProxiedNeighbours.Step.remove(guest, reason: "it is this host's own")
    #expect(neighbours.take(.addressAdded(guest, index: 9), own: [own, guest]) == [taken])
  }

  /// After something was missed, and of a run that was killed.
  @Test func onlyTheDifferenceIsDone() {
    let (left, other) = (IPAddress("2001:db8::51")!, IPAddress("2001:db8::52")!)
    var neighbours = ProxiedNeighbours(only: [], left: [left, guest])
    let steps = neighbours.renew([entry(guest), entry(other, at: 3)], inner: [2, 3], own: [own])
    #expect(steps == [.remove(left, reason: "its entry is gone"), .add(other, index: 3)])
    #expect(neighbours.addresses == [guest, other])
    // A link has gone.
    let less = neighbours.renew([entry(guest), entry(other, at: 3)], inner: [2], own: [own])
    #expect(less == [.remove(other, reason: "its entry is gone")])
  }
}
