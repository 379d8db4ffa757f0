import LinuxNet
import NodeAgent
import Packets
import TopologyModel

/// What passes between two hosts, tried on what is there.
package struct HostPair: Sendable {
  package let one: String
  package let other: String
  package let segment: String
  /// Of UDP, those that pass both ways, and those that do not with why.
  package internal(set) var passing: [UInt16] = []
  package internal(set) var failing: [(port: UInt16, reason: String)] = []
  /// The largest packet that may not be fragmented and still arrives, of those the segment has;
  /// `nil` where none does.
  package internal(set) var pathMTU: Int?
  /// What the topology says.
  package let mtu: Int

  /// Whether a run would find what the topology says.
  package var isFit: Bool { failing.isEmpty && pathMTU == mtu }
}

extension HostSite {
  /// Tries every pair of hosts that are attached by what is there already; changes nothing.
  package func tryPairs(_ views: [HostView]) -> [HostPair] {
    let seats = zip(topology.nodes.indices, views).flatMap { node, view in
      view.attachments.filter { $0.base == nil }.compactMap { attachment in
        topology.nodes[node].attachment(to: attachment.segment).map {
          Seat(
            node: node, segment: attachment.segment,
            place: .existing(interface: attachment.interface, address: $0.address),
            address: $0.address)
        }
      }
    }
    return seats.enumerated().flatMap { index, one in
      seats[(index + 1)...].filter { $0.segment == one.segment && $0.node != one.node }
        .map { pair(one, $0) }
    }
  }

  /// Whether somebody has a VIP already, as far as it can be asked for by what is there.
  package func conflicts(_ views: [HostView]) -> [String] {
    topology.paths.filter { !$0.kind.isOverlay }.compactMap { path in
      for member in path.members {
        let attachment = views[member.node].attachments.first {
          $0.segment == member.segment && $0.base == nil
        }
        guard let attachment else { continue }
        let question = HostQuestion.conflict(
          address: path.vip,
          seat: .existing(interface: attachment.interface, address: member.address))
        do throws(HostFailure) {
          _ = try channels[member.node].answer(to: question)
          return nil
        } catch {
          return "path \(path.name): \(error)"
        }
      }
      return nil
    }
  }

  private struct Seat {
    let node: Int
    let segment: Int
    let place: HostSeat
    let address: IPAddress
  }

  /// The ports that paths of the segment use: of the probes, or of latency's, and of tunnels.
  private func ports(of segment: Int) -> [UInt16] {
    let paths = topology.paths.filter { $0.segment == segment }
    let probes = topology.probe.kind == .stamp ? topology.probe.port : nil
    return Set([probes ?? HostMeter.port] + paths.compactMap { $0.overlay?.port }).sorted()
  }

  private func pair(_ one: Seat, _ other: Seat) -> HostPair {
    var pair = HostPair(
      one: topology.nodes[one.node].name, other: topology.nodes[other.node].name,
      segment: topology.segments[one.segment].name, mtu: topology.segments[one.segment].mtu)
    for port in ports(of: one.segment) {
      do throws(HostFailure) {
        // A firewall lets replies to what it sees go out come in.
        for (from, to) in [(one, other), (other, one)] {
          guard let size = try passes(from, to, port: port, largest: pair.mtu) else {
            throw HostFailure(
              node: topology.nodes[to.node].name,
              reason: "no answer comes from there to \(topology.nodes[from.node].name)")
          }
          pair.pathMTU = min(pair.pathMTU ?? size, size)
        }
        pair.passing.append(port)
      } catch {
        pair.failing.append((port, error.description))
      }
    }
    return pair
  }

  private func passes(
    _ one: Seat, _ other: Seat, port: UInt16, largest: Int
  ) throws(HostFailure) -> Int? {
    let session = StampSession.authenticated()
    let there = channels[other.node]
    _ = try there.answer(
      to: .reflect(seat: other.place, session: session, port: port, isNeeded: true))
    defer { _ = try? there.answer(to: .still(seat: other.place)) }
    let answer = try channels[one.node].answer(
      to: .pathMTU(
        seat: one.place, peer: HostPeer(address: other.address, port: port), session: session,
        largest: largest, delay: .milliseconds(100)), within: .seconds(30))
    guard case .pathMTU(let size) = answer else { return nil }
    return size
  }
}
