import ArgumentParser
import LinuxNet
import NodeAgent
import Packets

struct ReflectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reflect",
    abstract: "Answer STAMP test packets at an address, for `watch --probe stamp`.",
    discussion: """
      A stateless reflector as RFC 8762 has it, authenticated where a key is given, for this program's \
      probes and any other's. The address need not be this host's yet. Ports below 1024 take root or \
      CAP_NET_BIND_SERVICE.
      """)

  @Argument(help: ArgumentHelp("The address, as a VIP.", valueName: "address"))
  var address: String

  @Option(help: ArgumentHelp("The UDP port.", valueName: "n"))
  var port: UInt16 = 862

  @OptionGroup var key: StampKeyFile

  @Flag(help: "End after the first packet that was answered.")
  var once = false

  @Flag(help: "Nothing on stderr.")
  var quiet = false

  func validate() throws {
    if port == 0 { throw ValidationError("--port: 0 is no port") }
    guard IPAddress(address) != nil else {
      throw ValidationError("`\(address)` is no IPv4 or IPv6 address")
    }
  }

  func run() throws {
    try reportingFailure {
      guard let address = IPAddress(address) else { return }
      let interruption = try Interruption()
      var reflector = OpenReflector(
        try .listening(at: address, port: port), port: port, key: try key.read())
      let poll = try EventPoll()
      try poll.add(reflector.descriptor, tag: 0)
      try poll.add(interruption.descriptor, tag: 1)
      if !quiet {
        Console.progress("reflecting STAMP at \(address) port \(port); Ctrl-C ends it\n")
      }
      while !interruption.hasCome, !(once && reflector.counts.answered > 0) {
        guard poll.wait(timeout: .seconds(1)) > 0 else { continue }
        reflector.answer()
      }
      let (counts, signed) = (reflector.counts, key.keyFile == nil ? "" : " signed by the key")
      Console.print(
        "\(counts.answered) packets reflected"
          + (counts.ignored > 0 ? ", \(counts.ignored) were no STAMP test packets\(signed)" : "")
          + (counts.fromServices > 0
            ? ", \(counts.fromServices) came from a port below 1024 or its own" : ""))
    }
  }
}
