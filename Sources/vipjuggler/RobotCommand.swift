import ArgumentParser
import LinuxNet
import Packets
import SmallTools
import TopologyModel

struct RobotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "robot",
    abstract: "A web service like Hetzner Robot's, of failover addresses that it moves.",
    discussion: """
      GET and POST of /failover and /failover/ADDRESS as Robot's documentation has them: basic \
      authentication, 403 after too many requests, 409 while a move is under way, 404, 401; a delay before a move has \
      effect; and, at a seeded rate, what services do that are not well: 500, 503, half a JSON, a \
      redirection to itself, silence, garbage. Each address is at the first server at first.
      """)

  @Option(
    name: .customLong("server"),
    help: ArgumentHelp("The own address of a server; two or more.", valueName: "address"))
  var servers: [String] = []

  @Option(
    name: .customLong("ip"),
    help: ArgumentHelp("An address that moves; one or more.", valueName: "address"))
  var addresses: [String] = []

  @Option(help: ArgumentHelp("Where it listens.", valueName: "address"))
  var listen = "127.0.0.1"

  @Option(help: ArgumentHelp("The TCP port; 0 for one that is free.", valueName: "n"))
  var port: UInt16 = 8080

  @Option(
    help: ArgumentHelp("How long a move takes to have effect.", valueName: "duration"))
  var delay = TimeSpan.seconds(50)

  @Option(help: ArgumentHelp("How many requests of a client an hour are answered.", valueName: "n"))
  var limit = 100

  @Option(help: ArgumentHelp("The share of answers that are none, as in 10%.", valueName: "share"))
  var errors = "0%"

  @Option(
    name: .customLong("error"),
    help: ArgumentHelp(
      "A kind of them: 500, 503, half, redirect, silence or garbage; all if not given.",
      valueName: "kind"))
  var kinds: [RobotFault] = []

  @Option(help: ArgumentHelp("Another seed of them.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup var credentials: Credentials

  @Flag(help: "Nothing on stderr.")
  var quiet = false

  private func settings() throws -> RobotService.Settings {
    func address(_ text: String) throws -> IPAddress {
      guard let address = IPAddress(text) else {
        throw ValidationError("`\(text)` is no IPv4 or IPv6 address")
      }
      return address
    }
    guard servers.count >= 2, !addresses.isEmpty else {
      throw ValidationError("two --server are needed, or more, and an --ip that moves between them")
    }
    var settings = RobotService.Settings(
      servers: try servers.map(address), addresses: try addresses.map(address))
    _ = try address(listen)
    guard limit > 0 else { throw ValidationError("--limit: at least one request is needed") }
    guard errors.hasSuffix("%"), let share = Double(errors.dropLast()), (0...100).contains(share)
    else { throw ValidationError("--errors: `\(errors)` is no share of 0% to 100%") }
    (settings.delay, settings.limit, settings.errorRate) = (delay, limit, share / 100)
    if !kinds.isEmpty { settings.faults = kinds }
    settings.seed = seed
    return settings
  }

  func validate() throws { _ = try settings() }

  func run() throws {
    try reportingFailure {
      var settings = try settings()
      settings.login = try credentials.read()
      guard let address = IPAddress(listen) else { return }
      let interruption = try Interruption()
      let server = RobotServer(RobotService(settings)) { [quiet] news in
        if !quiet { Console.progress("\(news.words)\n") }
      }
      let port = try server.listen(at: address, port: port)
      let host = address.family == .v4 ? "\(address)" : "[\(address)]"
      Console.print("http://\(host):\(port)")
      interruption.wait()
      server.close()
    }
  }
}

extension RobotFault: ExpressibleByArgument {}

extension RobotServer.News {
  /// What a client sends may be anything.
  fileprivate var words: String {
    func short(_ text: String) -> String { String(text.prefix(200)).printableLine }
    return switch self {
    case .answered(let method, let path, let client, let status):
      "\(client): \(short(method)) \(short(path)): \(status)"
    case .kept(let method, let path, let client):
      "\(client): \(short(method)) \(short(path)): no answer"
    case .moved(let move): "\(move.address) is at \(move.server)"
    }
  }
}
