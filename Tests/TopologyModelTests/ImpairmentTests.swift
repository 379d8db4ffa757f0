import Packets
import Testing
import TopologyModel

@Suite struct ImpairmentTests {
  @Test(arguments: [
    ("none", "none"), ("loss 1%", "loss 1%"), ("loss 0.25%", "loss 0.25%"),
    ("jitter 20ms", "jitter 20ms"), ("delay 5ms", "delay 5ms"),
    ("delay 5ms,jitter 1ms", "delay 5ms, jitter 1ms"),
    ("freeze 300ms every 10s", "freeze 300ms every 10s"),
    ("freeze 1s every 20s, loss 2%, delay 0.5ms", "loss 2%, delay 500us, freeze 1s every 20s"),
  ])
  func itIsReadAndWritten(text: String, written: String) throws {
    let impairment = try #require(Impairment(text))
    #expect(impairment.description == written)
    #expect(Impairment(written) == impairment)
  }

  @Test(arguments: [
    "", " ", "loss", "loss 1", "loss 100%", "loss -1%", "loss 1% 2%", "loss 1%, loss 2%", "lost 1%",
    "delay 0ms", "delay 2s", "delay 5", "jitter 20", "freeze 300ms", "freeze 300ms every",
    "freeze 10s every 300ms", "freeze 300ms each 10s", "freeze 0s every 10s",
    "freeze 1ms every 100ms",
    "freeze 1s every 2h", "loss 1%,", "none, loss 1%",
  ])
  func whatIsNoneIsRefused(text: String) { #expect(Impairment(text) == nil) }

  /// Without a delay to vary it would be none.
  @Test func aJitterBringsItsDelay() throws {
    let impairment = try #require(Impairment("jitter 20ms"))
    #expect(impairment.delay == .milliseconds(20) && impairment.jitter == .milliseconds(20))
    let other = try #require(Impairment("jitter 20ms, delay 50ms"))
    #expect(other.delay == .milliseconds(50))
  }

  @Test func itComesOnTopOfWhatTheSegmentHas() throws {
    let topology = try Topology(
      parsing: """
        segments:
          lan: { subnet: 10.0.1.0/24, delay: 2ms, jitter: 1ms, loss: 10%, rate: 1gbit }
          far: { subnet: 10.0.2.0/24 }
        nodes:
          alpha: { on: { lan: 10.0.1.20, far: 10.0.2.20 } }
          bravo: { on: { lan: 10.0.1.21, far: 10.0.2.21 } }
        paths:
          native: { segment: lan, vip: 10.0.1.200 }
        """, file: "lab.yaml")
    let impaired = topology.impaired(by: try #require(Impairment("loss 10%, jitter 3ms")))
    let (lan, far) = (impaired.segments[0].shaping, impaired.segments[1].shaping)
    #expect(lan.delay == .milliseconds(5) && lan.jitter == .milliseconds(4))
    #expect(abs(lan.loss - 0.19) < 1e-12 && lan.rate == 1_000_000_000)
    #expect(far == topology.segments[1].shaping)
    #expect(topology.impaired(by: Impairment()).segments == topology.segments)
  }
}
