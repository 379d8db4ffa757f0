import ArgumentParser
import LinuxNet
import Packets
import SmallTools

struct NDProxyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ndproxy",
    abstract: "Answer on an outer interface for the IPv6 neighbours of inner ones.",
    discussion: """
      For guests that have addresses of the outer network and are behind this host. An entry of the kernel's \
      (`ip -6 neighbour show proxy`) comes when it learns a neighbour of an inner interface, and goes when that does \
      not answer or is gone; Ctrl-C ends it, and all is as it was. The host forwards (net.ipv6.conf.all.forwarding), and \
      has routes to the guests. It takes root, or CAP_NET_ADMIN.
      """)

  @Argument(help: ArgumentHelp("Where it is answered.", valueName: "outer"))
  var outer: String

  @Argument(help: ArgumentHelp("Where the neighbours are.", valueName: "inner"))
  var inner: [String]

  @Option(
    help: ArgumentHelp("Only addresses of this network; may be repeated.", valueName: "prefix"))
  var only: [IPNetwork] = []

  func validate() throws {
    guard !inner.isEmpty else { throw ValidationError("no inner interface is named") }
    guard !inner.contains(outer) else {
      throw ValidationError("\(outer) is the outer interface, and cannot be an inner one")
    }
    for network in only where network.family != .v6 {
      throw ValidationError("--only: \(network) is no network of IPv6")
    }
  }

  func run() throws {
    try reportingFailure {
      let interruption = try Interruption()
      // A log: whoever reads it no longer does not end the service.
      let proxy = try NeighbourProxy(.init(outer: outer, inner: inner, only: only)) {
        switch $0 {
        case .answering(let address, let name):
          Console.progress("\(address) is behind \(name): \(outer) answers for it\n")
        case .silent(let address, let reason):
          Console.progress("\(address): \(outer) answers for it no longer: \(reason)\n")
        case .warning(let text): Console.complain(text)
        }
      }
      try proxy.run(until: interruption)
    }
  }
}

extension IPNetwork: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
