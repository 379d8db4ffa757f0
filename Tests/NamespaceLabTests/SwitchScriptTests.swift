import Packets
import Testing
import TopologyModel

@testable import NamespaceLab

/// What a switch will do, without waiting for it.
@Suite struct SwitchScriptTests {
  private let turn = TimeSpan.seconds(2)

  private func instant(_ seconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: seconds * 1_000_000_000)
  }

  /// The entries that follow from `count` transitions between two servers.
  private func entries(
    _ model: SwitchModel, seed: UInt64, transitions count: Int
  ) -> [[SwitchScript.Entry]] {
    var script = SwitchScript(model, seed: seed, turn: turn)
    return (0...count).map { number in
      let scheduled = instant(Int64(number) * 2)
      let holder = number % 2 == 0 ? "alpha" : "bravo"
      return script.claimed(
        by: holder, scheduled: scheduled, at: scheduled + .milliseconds(1),
        isTransition: number > 0)
    }
  }

  @Test func aStickySwitchHoldsFromBeforeTheMoveUntilTheHoldIsOver() {
    let entries = entries(.sticky(probability: 1, hold: .seconds(3)), seed: 1, transitions: 1)
    #expect(
      entries[0] == [
        SwitchScript.Entry(
          at: instant(2) - .milliseconds(200), change: .hold(server: "alpha")),
        SwitchScript.Entry(at: instant(5), change: .letGo),
      ])
    #expect(entries[1][0].change == .hold(server: "bravo"))
  }

  @Test func theSameSeedMakesTheSameTransitionsStuck() {
    let model = SwitchModel.sticky(probability: 0.4, hold: .seconds(1))
    func stuck(_ seed: UInt64) -> [Bool] {
      entries(model, seed: seed, transitions: 60).map { !$0.isEmpty }
    }
    #expect(stuck(7) == stuck(7))
    #expect(stuck(7) != stuck(8))
    let count = stuck(7).count { $0 }
    #expect((12...36).contains(count))
  }

  @Test(arguments: [(0.0, 0), (1.0, 61)])
  func aProbabilityIsThatOfATransition(probability: Double, expected: Int) {
    let model = SwitchModel.sticky(probability: probability, hold: .seconds(1))
    let count = entries(model, seed: 3, transitions: 60).count { !$0.isEmpty }
    #expect(count == expected)
  }

  /// Each move brings a hold for the next one, and a way out of the present one.
  @Test func staleHostsAreHeldUntilTheNextMoveOrTheirOwnWord() {
    let entries = entries(.staleHosts(probability: 1), seed: 1, transitions: 1)
    #expect(
      entries[1] == [
        SwitchScript.Entry(at: instant(2) + .milliseconds(1), change: .admit(server: "bravo")),
        SwitchScript.Entry(
          at: instant(4) - .milliseconds(200), change: .hold(server: "bravo")),
      ])
    let free = self.entries(.staleHosts(probability: 0), seed: 1, transitions: 1)
    #expect(free[1].map(\.change) == [.admit(server: "bravo"), .letGo])
  }

  @Test func aFilteringSwitchMovesTheVIPWhenItsControlPlaneIsDone() {
    let asked = entries(.filtering(.claims(after: .seconds(20))), seed: 1, transitions: 1)
    #expect(asked[0].isEmpty)
    #expect(
      asked[1] == [
        SwitchScript.Entry(
          at: instant(22) + .milliseconds(1), change: .register(server: "bravo"))
      ])
    #expect(entries(.filtering(.nothing), seed: 1, transitions: 3) == [[], [], [], []])
  }
}
