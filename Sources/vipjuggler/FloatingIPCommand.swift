import ArgumentParser
import Foundation
import LinuxNet
import Packets
import SmallTools

struct FloatingIPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floating-ip",
    abstract: "Ask a web service where a floating IP is, or have it moved here.",
    discussion: """
      Hetzner Robot's failover addresses. Exit status: 0 it is here, 2 it is not, 1 nothing is known, which is no \
      reason to fail over; 64 usage.
      """,
    subcommands: [Get.self, Set.self])

  struct Options: ParsableArguments {
    @Argument(help: ArgumentHelp("The address.", valueName: "ip"))
    var address: String

    @Option(help: ArgumentHelp("The web service.", valueName: "url"))
    var server = FloatingIP.server

    @Option(
      help: ArgumentHelp(
        "This server's own address, as the service has it; any address of this host if not given.",
        valueName: "address"))
    var own: String?

    @OptionGroup var credentials: Credentials

    @Option(
      help: ArgumentHelp(
        "Certificates that are trusted in place of the system's (PEM).", valueName: "file"))
    var cacert: String?

    @Option(help: ArgumentHelp("How long to wait for an answer.", valueName: "duration"))
    var timeout = TimeSpan.seconds(10)

    @Option(
      help: ArgumentHelp(
        "Where it is kept when the service may be asked again.", valueName: "folder"))
    var state: String?

    func validate() throws {
      guard IPAddress(address) != nil else {
        throw ValidationError("`\(address)` is no IPv4 or IPv6 address")
      }
      if let own, IPAddress(own) == nil {
        throw ValidationError("--own: `\(own)` is no IPv4 or IPv6 address")
      }
      if let objection = HTTPClient.objection(to: server) {
        throw ValidationError("--server: \(objection)")
      }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Whether the address is here: 0 it is, 2 it is not, 1 nothing is known.")

    @OptionGroup var options: Options

    @Option(
      help: ArgumentHelp(
        "Ask the network in place of the service: a host that answers to pings from the address if it is here. May "
          + "be repeated.",
        valueName: "host"))
    var dataPlane: [String] = []

    func validate() throws {
      for host in dataPlane where IPAddress(host)?.family != IPAddress(options.address)?.family {
        throw ValidationError("--data-plane: `\(host)` is no address of the floating IP's family")
      }
    }

    func run() throws {
      guard dataPlane.isEmpty else { return try options.lookingFor(dataPlane) }
      try options.asking(isUrgent: false) {
        $0.get()
      } tell: { answer, server in
        let isHere = try options.isOwn(server)
        Console.print(isHere ? "Assigned to us." : "Assigned to \(server).")
        if !isHere { throw ExitCode.elsewhere }
      }
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have the address moved to this server.")

    @OptionGroup var options: Options

    func validate() throws {
      if options.own == nil { throw ValidationError("--own is needed: where the address is to go") }
    }

    func run() throws {
      guard let own = options.own.flatMap({ IPAddress($0) }) else { return }
      try options.asking(isUrgent: true) {
        $0.set(to: own)
      } tell: { answer, _ in
        Console.print(answer.isMoved ? "Set." : "Already set.")
      }
    }
  }
}

extension ExitCode {
  fileprivate static let elsewhere = ExitCode(2)
  fileprivate static let unknown = ExitCode(1)
}

extension FloatingIPCommand.Options {
  /// Asks once, unless that would be too often; what is not learned is said, and is 1.
  fileprivate func asking(
    isUrgent: Bool, _ ask: (FloatingIP) -> FloatingIP.Answer,
    tell: (FloatingIP.Answer, IPAddress) throws -> Void
  ) throws {
    try saying {
      guard let address = IPAddress(address), let url = URL(string: server) else { return }
      let login = try credentials.read()
      if let cacert {
        do {
          try HTTPClient.check(authorities: cacert)
        } catch {
          throw Failure(message: "\(cacert): \(error)", code: .unknown)
        }
      }
      let service = FloatingIP(
        address, at: url, login: login, authorities: cacert, patience: timeout)
      let memory = try RequestMemory(state, of: url)
      let asked = try memory.change { pause in
        let asked = WallClock.now
        if let objection = pause.objection(
          at: asked, limit: FloatingIP.limit, isUrgent: isUrgent)
        {
          throw Failure(message: objection, code: .unknown)
        }
        pause.ask(at: asked)
        return asked
      }
      let answer = ask(service)
      try memory.change { pause in
        for _ in 1..<answer.requests { pause.ask(at: WallClock.now) }
        pause.take(answer.lesson, askedAt: asked, at: WallClock.now)
      }
      switch answer.status {
      case .assigned(let server): try tell(answer, server)
      case .unknown(let reason): throw Failure(message: reason, code: .unknown)
      }
    }
  }

  /// Asks the network.
  fileprivate func lookingFor(_ dataPlane: [String]) throws {
    try saying {
      guard let address = IPAddress(address) else { return }
      let hosts = dataPlane.compactMap { IPAddress($0) }
      switch try DataPlane.look(for: address, asking: hosts, within: timeout) {
      case .here: Console.print("Delivered to us.")
      case .elsewhere:
        Console.print("Not delivered to us.")
        throw ExitCode.elsewhere
      case .unheard:
        throw Failure(
          message: "\(dataPlane.joined(separator: ", ")) did not answer within \(timeout)",
          code: .unknown)
      }
    }
  }

  /// What goes wrong is said, and is no reason to fail over.
  private func saying(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let code as ExitCode {
      throw code
    } catch {
      Console.complain("\(address): nothing is known: \(Failure(error).message)")
      throw ExitCode.unknown
    }
  }

  fileprivate func isOwn(_ server: IPAddress) throws -> Bool {
    if let own { return IPAddress(own) == server }
    return try NetlinkSocket().hasAddress(server, on: nil)
  }
}
