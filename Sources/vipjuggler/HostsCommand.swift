import ArgumentParser
import LinuxNet
import Packets
import SmallTools

struct HostsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hosts",
    abstract: "Lead a name of a hosts file to who serves it: failing over without a VIP.",
    usage: """
      vipjuggler hosts <name> <port> <primary> <fallback> [options]
      vipjuggler hosts <name> --follow-holder <vip> <own> <other> [options]
      """,
    discussion: """
      The name is to stand for the address <primary> while somebody accepts connections to its TCP port, \
      else for <fallback>; with --follow-holder for this host's address <own> while it holds the VIP, \
      else for <other>. Other names and everything else in the file stay as they are, and it is replaced as a \
      whole, only where it changes: that is said on stderr, so that cron(8) tells of it.
      """)

  @Argument(help: ArgumentHelp("The name in the file.", valueName: "name"))
  var name: String

  @Argument(
    help: ArgumentHelp("<port> <primary> <fallback>, or <own> <other>.", valueName: "where"))
  var places: [String]

  @Option(help: ArgumentHelp("Look who holds it, in place of connecting.", valueName: "vip"))
  var followHolder: String?

  @Option(help: ArgumentHelp("The hosts file.", valueName: "file"))
  var file = "/etc/hosts"

  @Option(help: ArgumentHelp("How long to wait for a connection.", valueName: "duration"))
  var timeout = TimeSpan.seconds(15)

  @Option(help: ArgumentHelp("Go on until Ctrl-C, and look so often.", valueName: "duration"))
  var every: TimeSpan?

  /// What decides, and where the name leads then.
  private struct Choice {
    var port: UInt16 = 0
    var vip: IPAddress?
    var first: IPAddress
    var second: IPAddress
  }

  private func choice() throws -> Choice {
    let expected = followHolder == nil ? 3 : 2
    guard places.count == expected else {
      throw ValidationError(
        followHolder == nil
          ? "a port, an address and another are needed after the name"
          : "with --follow-holder two addresses are needed after the name: this host's, and the other's"
      )
    }
    func address(_ text: String) throws -> IPAddress {
      guard let address = IPAddress(text) else {
        throw ValidationError("`\(text)` is no IPv4 or IPv6 address")
      }
      return address
    }
    let addresses = try places.suffix(2).map(address)
    var choice = Choice(first: addresses[0], second: addresses[1])
    if let followHolder {
      choice.vip = try address(followHolder)
    } else {
      guard let port = UInt16(places[0]), port > 0 else {
        throw ValidationError("`\(places[0])` is no TCP port")
      }
      choice.port = port
    }
    return choice
  }

  func validate() throws {
    guard HostsFile.isName(name) else { throw ValidationError("`\(name)` is no name of a host") }
    if let every, every < HostsCommand.leastInterval {
      throw ValidationError(
        "--every: \(every) is too often; \(HostsCommand.leastInterval) is the least")
    }
    _ = try choice()
  }

  private static let leastInterval = TimeSpan.milliseconds(10)

  func run() throws {
    try reportingFailure {
      let choice = try choice()
      let interruption = try Interruption()
      let monitor = choice.vip == nil ? nil : try NetworkMonitor()
      var trouble: String?
      while true {
        let (address, reason) = try decide(choice, interruption)
        guard !interruption.hasCome else { throw ExitCode.interrupted }
        do {
          try lead(to: address, because: reason)
          trouble = nil
        } catch {
          // Who edits the file may have it elsewhere for a moment.
          guard every != nil else { throw error }
          let words = Failure(error).message
          if words != trouble { Console.complain(words) }
          trouble = words
        }
        guard let every else { return }
        let poll = try EventPoll()
        try poll.add(interruption.descriptor, tag: 0)
        if let monitor { try poll.add(monitor.descriptor, tag: 1) }
        _ = poll.wait(timeout: every)
        monitor?.drain { _ in }
        if interruption.hasCome { throw ExitCode.interrupted }
      }
    }
  }

  private func decide(
    _ choice: Choice, _ interruption: Interruption
  ) throws -> (address: IPAddress, reason: String) {
    if let vip = choice.vip {
      let isHere = try NetlinkSocket().hasAddress(vip, on: nil)
      return isHere
        ? (choice.first, "\(vip) is here") : (choice.second, "\(vip) is not here")
    }
    let place = "\(choice.first) port \(choice.port)"
    let refusal = ServiceCheck.refusal(
      at: choice.first, port: choice.port, within: timeout, unless: interruption)
    return refusal.map { (choice.second, "\(place): \($0)") }
      ?? (choice.first, "\(place) accepts connections")
  }

  /// Whoever else edits the file at the same time is not undone.
  private func lead(to address: IPAddress, because reason: String) throws {
    for _ in 0..<HostsCommand.attempts {
      let edited = try EditedFile(file)
      var hosts = HostsFile(edited.bytes)
      hosts.lead(name, to: address)
      guard hosts.bytes != edited.bytes else { return }
      if try edited.replace(with: hosts.bytes) {
        Console.complain("\(name): updating record to address \(address) in \(file) (\(reason))")
        return
      }
    }
    throw Failure(
      message: "\(file): somebody else keeps changing it; nothing was changed", code: .failure)
  }

  private static let attempts = 5
}
