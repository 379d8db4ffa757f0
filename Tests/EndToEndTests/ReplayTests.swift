import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// The shipped replays: each shows its failure, and beside it what does better.
  @Suite struct ReplayTests {
    /// Their transitions, with `enough` on each path that count and suit: on a busy machine many are void.
    private func paths(
      of topology: String, with enough: Int = 2,
      where suits: (TransitionRecord) -> Bool = { _ in true }
    ) throws -> [String: [TransitionRecord]] {
      var all: [String: [TransitionRecord]] = [:]
      for _ in 0..<4
      where all.isEmpty
        || all.values.contains(where: { $0.count { $0.verdict != .void && suits($0) } < enough })
      { all.merge(try run(topology)) { $0 + $1 } }
      return all
    }

    private func run(_ topology: String) throws -> [String: [TransitionRecord]] {
      let json = try temporaryFile("run.json")
      let outcome = try Program([
        "compare", Program.topology(topology), "--handovers", "2", "--no-latency",
        "--no-bandwidth", "--json", json,
      ]).finish()
      #expect(outcome.code == 0 || outcome.isSpoilt, "\(outcome.error)")
      try expectSchema(json)
      let data = try Data(contentsOf: URL(fileURLWithPath: json))
      let run = try JSONDecoder().decode(RunRecord.self, from: data)
      return Dictionary(uniqueKeysWithValues: run.paths.map { ($0.name, $0.transitions) })
    }

    private func probers(
      _ name: String, in transitions: [TransitionRecord]?
    ) throws -> [ProberRecord] {
      try #require(transitions).filter { $0.verdict != .void }
        .compactMap { $0.probers.first { $0.node == name } }
    }

    @Test func aHostOfTheDataCentreIsStuckAndAPingHealsIt() throws {
      let paths = try paths(of: "digitalocean-floating-ip")
      let inside = try probers("inside", in: paths["native"])
      #expect(inside.count >= 2)
      #expect(inside.allSatisfy { $0.verdict == .stuck && $0.cause == .switchStuck })
      let healed = try probers("inside", in: paths["healed"])
      #expect(
        healed.allSatisfy {
          $0.verdict == .good
            && (.milliseconds(900)...(.milliseconds(1_200))).contains($0.lossOfConnectivity)
            && $0.explanation?.contains("own address") == true
        })
      for outside in try ["native", "healed"].flatMap({ try probers("outside", in: paths[$0]) }) {
        #expect(outside.lossOfConnectivity < .milliseconds(50))
      }
      for transition in try #require(paths["vxlan"]) where transition.verdict != .void {
        #expect(transition.lossOfConnectivity < .milliseconds(50))
      }
    }

    @Test func aStuckSwitchAndADeafGatewayAreKeptApart() throws {
      // What decides is the gateway's entry, which the client cannot see. It goes on naming whoever was first, which the
      // wall clock says: every other move does not cut anybody off.
      let paths = try paths(of: "hetzner-gateway", with: 1) {
        $0.probers.contains { $0.probesLost > 0 }
      }
      for (path, cause) in [("switch", Cause.switchStuck), ("gateway", .announcementIgnored)] {
        let cut = try probers("client", in: paths[path]).filter { $0.probesLost > 0 }
        #expect(!cut.isEmpty, "\(path)")
        for client in cut {
          #expect(client.cause == cause && client.decider == "gateway", "\(path)")
          #expect(client.misdirected > 900, "\(path)")
        }
      }
    }

    /// Nobody is cut off for long; and natively nothing has moved.
    @Test func whereBothHoldTheOldOneGoesOnAnswering() throws {
      let paths = try paths(of: "azure-both-hold")
      let moved = try #require(paths["native"]).filter { $0.to == "secondary" }
      let clients = try probers("client", in: moved)
      #expect(!clients.isEmpty)
      for client in clients {
        #expect(client.probesLost == 0 && client.cause == .duplicateHolder, "\(client)")
        #expect(Set((client.probes ?? []).compactMap(\.answeredBy)) == ["primary"])
      }
      for client in try probers("client", in: paths["vxlan"]) {
        #expect(client.firstReply != nil && client.lossOfConnectivity < .milliseconds(100))
      }
    }

    @Test func onlyABroadcastReplyIsIgnoredAndOnlyByAYoungEntry() throws {
      let paths = try paths(of: "garp-forms")
      #expect(paths.count == 6)
      for (name, transitions) in paths {
        let responses = try probers("client", in: transitions).compactMap(\.announcement)
        #expect(!responses.isEmpty, "\(name)")
        for response in responses {
          let isYoung = response.entryAge < .seconds(1)
          #expect(response.isHeeded != (name.hasPrefix("bcast") && isYoung), "\(name): \(response)")
        }
      }
      #expect(
        try probers("client", in: paths["bcast-800ms"]).contains {
          $0.cause == .announcementIgnored
        })
      for path in ["request-800ms", "reply-800ms", "request-2s", "reply-2s", "bcast-2s"] {
        for client in try probers("client", in: paths[path]) {
          // One that learned it late has a young entry as it moves on.
          let isIgnored = client.announcement.map { !$0.isHeeded } ?? false
          #expect(client.cause == nil || isIgnored && path == "bcast-2s", "\(path)")
        }
      }
    }

    /// GENEVE over IPv6 takes the lab kernel on most machines.
    @Test(.besideOthers) func aVIPOfIPv6MovesOnEveryPath() throws {
      let paths = try paths(of: "two-node-v6")
      #expect(paths.keys.sorted() == ["geneve", "native", "vxlan"])
      for (name, transitions) in paths {
        #expect(transitions.count >= 2, "\(name)")
        for client in try probers("client", in: transitions) {
          #expect(client.announcementSeen != nil && client.firstReply != nil, "\(name)")
          #expect(client.lossOfConnectivity < .milliseconds(100), "\(name)")
        }
      }
    }
  }
}
