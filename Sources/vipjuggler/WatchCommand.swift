import ArgumentParser
import LinuxNet
import Measurement
import NodeAgent
import Packets
import Records
import Reports
import RunControl

extension WatchProbe: ExpressibleByArgument {
  /// `icmp`, `arp`, `stamp[:PORT]`, `tcp:PORT`, `http[:PORT][/PATH]`.
  package init?(argument: String) {
    let slash = argument.firstIndex(of: "/") ?? argument.endIndex
    let words = argument[..<slash].split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let port = words.count == 2 ? UInt16(words[1]).flatMap { $0 > 0 ? $0 : nil } : nil
    guard let kind = words.first, words.count == 1 || port != nil,
      kind == "http" || slash == argument.endIndex
    else { return nil }
    switch (kind, port) {
    case ("icmp", nil): self = .icmp
    case ("arp", nil): self = .arp
    case ("stamp", let port): self = .stamp(port: port ?? 862)
    case ("tcp", let port?): self = .tcp(port: port)
    case ("http", let port):
      let path = String(argument[slash...])
      let isPlain = path.utf8.allSatisfy { (33...126).contains($0) }
      guard isPlain else { return nil }
      self = .http(port: port ?? 80, path: path.isEmpty ? "/" : path, nameHeader: nil)
    default: return nil
    }
  }

  /// Opening a connection each time takes more of both ends than a packet.
  fileprivate var usualInterval: TimeSpan {
    switch self {
    case .icmp, .stamp: .milliseconds(10)
    case .arp, .tcp, .http: .milliseconds(100)
    }
  }
}

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch addresses from this host, and tell of every interruption as it ends.",
    discussion: """
      Needs no topology, moves nothing and changes nothing on any machine. Three or more probes lost in \
      a row are an interruption, and so is an answer from another machine than before. Announcements are \
      seen as root or with CAP_NET_RAW.
      """)

  @Argument(
    help: ArgumentHelp(
      "An address or a host's name; side by side, several.", valueName: "[name=]address"))
  var address: [String]

  @Option(
    help: ArgumentHelp(
      "What to probe with: icmp, arp, stamp[:PORT], tcp:PORT, http[:PORT][/PATH].",
      valueName: "kind"))
  var probe = WatchProbe.icmp

  @Option(
    help: ArgumentHelp(
      "With http: the header that names the server; the page's first line if not given.",
      valueName: "header"))
  var nameHeader: String?

  @OptionGroup var key: StampKeyFile

  @Option(
    help: ArgumentHelp(
      "The probe interval: 10ms, or 100ms for arp, tcp and http, if not given.",
      valueName: "duration"))
  var every: TimeSpan?

  @Flag(help: "Allow more than one probe a millisecond.")
  var fast = false

  @Option(
    help: ArgumentHelp("How long; until Ctrl-C if not given.", valueName: "duration"))
  var duration: TimeSpan?

  @Option(
    help: ArgumentHelp(
      "Exit with 2 when an interruption lasts longer, as in 50ms.", valueName: "duration"))
  var maxLoss: TimeSpan?

  @Option(
    help: ArgumentHelp(
      "Write what was seen of every slow transition as pcapng files.", valueName: "folder"))
  var captures: String?

  @Option(
    help: ArgumentHelp(
      "Keep what was observed, for `judge`: a line of JSON each.", valueName: "file"))
  var journal: String?

  @Option(help: ArgumentHelp("Write the results as JSON.", valueName: "file"))
  var json: String?

  @Flag(help: "Print a line for every probe: when it was sent, and who answered.")
  var follow = false

  @Flag(help: "Nothing on stderr, and no lines but the summary on stdout.")
  var quiet = false

  @OptionGroup(title: "Reports") var reports: ReportFiles

  private static let shortestInterval = TimeSpan.milliseconds(1)
  private static let shortestFast = TimeSpan.microseconds(100)
  private static let longestInterval = TimeSpan.seconds(10)

  /// A hundred days.
  private static let longestDuration = TimeSpan.seconds(8_640_000)

  private var interval: TimeSpan { every ?? probe.usualInterval }

  func validate() throws {
    guard interval <= WatchCommand.longestInterval else {
      throw ValidationError("--every: \(interval) is more than \(WatchCommand.longestInterval)")
    }
    if interval < WatchCommand.shortestFast {
      throw ValidationError("--every: \(interval) is less than \(WatchCommand.shortestFast)")
    }
    if interval < WatchCommand.shortestInterval && !fast {
      throw ValidationError(
        "--every: \(interval) is more than a probe a millisecond; --fast allows it, where the "
          + "network is yours")
    }
    if probe.usualInterval > .milliseconds(10), interval < .milliseconds(10) && !fast {
      throw ValidationError(
        "--every: \(interval) is more than a connection or question each 10ms; --fast allows it")
    }
    if let duration, duration < .seconds(1) || duration > WatchCommand.longestDuration {
      throw ValidationError(
        "--duration: \(duration) is not from 1s to \(WatchCommand.longestDuration)")
    }
    if key.keyFile != nil {
      guard case .stamp = probe else { throw ValidationError("--key-file is for --probe stamp") }
    }
    if let nameHeader {
      guard case .http = probe else {
        throw ValidationError("--name-header is for --probe http")
      }
      guard HTTPRequest.isHeaderName(nameHeader) else {
        throw ValidationError("--name-header: `\(nameHeader)` is no name of a header")
      }
    }
  }

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs<Exhibit>(json: json, reports, isLive: true)
      let journal = try journal.map { try JournalFile($0, beside: outputs) }
      let captures = try captures.map { try CaptureFolder($0) }
      let (targets, key) = (try targets(), try key.read())
      let log = WatchLog(every: interval, isSingle: targets.count == 1)
      let interruption = try Interruption()
      let watch = try start(targets, key, interruption, journal) { name, news in
        if case .capture(let file) = news { captures?.take(file, of: name) }
        tell(name, news, log)
      }
      try journal?.begin(JournalHeader(run: watch.record(tool: Tool.name), rosters: watch.rosters))
      if !quiet {
        for line in watch.introductions { Console.progress("watching \(line)\n") }
        if duration == nil { Console.progress("Ctrl-C ends it\n") }
        for limit in watch.limits { Console.complain(limit) }
      }
      let isInterrupted = Console.measuring { watch.run() }
      captures?.finish()
      // To be ended by Ctrl-C is how a watch without duration ends.
      let result = watch.record(tool: Tool.name, isInterrupted: isInterrupted && duration != nil)
      journal?.finish(result)
      let exhibit = Exhibit(result)
      try outputs.write(exhibit, printing: (quiet ? "" : "\n") + outputs.table(exhibit))
      if isInterrupted && duration != nil { throw ExitCode.interrupted }
      if let maxLoss { try LossLimit(maxLoss).check(result) }
      // As ping(8) has it.
      if result.paths.allSatisfy({ $0.watch?.hasAnswered == false }) { throw ExitCode.failure }
    }
  }

  private func start(
    _ targets: [WatchTarget], _ key: StampKey?, _ interruption: Interruption,
    _ journal: JournalFile?,
    tell: @escaping (String, PathNews) -> Void
  ) throws -> WatchRun {
    var probe = probe
    if case .http(let port, let path, _) = probe {
      probe = .http(port: port, path: path, nameHeader: nameHeader)
    }
    do {
      return try WatchRun(
        targets,
        WatchRun.Settings(
          probe: probe, every: interval, duration: duration, keepsCaptures: captures != nil,
          key: key),
        interruption: interruption, journal: { journal?.add($0) }, tell: tell)
    } catch let refusal as WatchTarget.Refusal {
      throw Failure(
        message: refusal.description, code: refusal.isOfRights ? .notPermitted : .failure)
    }
  }

  /// `NAME=ADDRESS`, or an address alone.
  private func targets() throws -> [WatchTarget] {
    var targets: [WatchTarget] = []
    for text in address {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let (host, zone) = WatchCommand.hostAndZone(parts[parts.count - 1])
      let name = parts.count == 2 ? String(parts[0]) : host
      guard !host.isEmpty, WatchCommand.isName(name) else {
        throw Failure(
          message:
            "`\(text)`: found no [name=]address; a name has letters, digits, `.`, `:`, `_` and `-`",
          code: .validationFailure)
      }
      if targets.contains(where: { $0.name == name }) {
        throw Failure(
          message: "`\(name)` is watched already; two addresses need two names, as in one=\(host)",
          code: .validationFailure)
      }
      do throws(HostName.Unknown) {
        guard let found = try HostName.addresses(of: host).first else { continue }
        targets.append(WatchTarget(name: name, host: host, address: found, zone: zone))
      } catch {
        throw Failure(message: "`\(host)` stands for no address: \(error)", code: .failure)
      }
    }
    return targets
  }

  /// `[2001:db8::1]` as in URLs, and `fe80::1%eth0` (RFC 4007).
  private static func hostAndZone(_ text: Substring) -> (host: String, zone: String?) {
    let plain =
      text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text
    let parts = plain.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
  }

  /// Names are shown in reports, and are part of the names of captures.
  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: ".:_-".utf8.contains(byte)
        }
      }
  }

  private func tell(_ name: String, _ news: PathNews, _ log: WatchLog) {
    if case .warning(let text) = news { return Console.complain(text) }
    guard !quiet else { return }
    switch news {
    case .answering(let responder, let instant):
      Console.tell(log.answering(name, by: responder, at: instant))
    case .silent(let instant, let before):
      Console.tell(log.silent(name, since: instant, before: before))
    case .unanswered(let remark):
      Console.tell(log.unanswered(name, at: WallClock.now, remark: remark))
    case .decided(let run, let responder) where follow:
      Console.print(log.decided(name, run, by: responder))
    case .claimed:
      Console.complain("\(name) is this host's own address now; until it is not, nothing is probed")
    case .contested(let one, let other, let instant):
      Console.tell(log.contested(name, one, other, at: instant))
    case .transition(let record): Console.tell(log.transition(name, record))
    default: break
    }
  }
}
