import Foundation
package import LinuxNet
import Packets

/// A Linux kernel that runs as an ordinary process, for machines whose own lacks something: Debian's
/// user-mode-linux. It sees the machine's files, read-only, through hostfs.
package enum LabKernel {
  private static let program = "/usr/bin/linux.uml"
  static let modules = "/usr/lib/uml/modules"
  static let modprobe = "/sbin/modprobe"

  /// In the environment of what runs inside: the kind of kernel a report names.
  package static let kindVariable = "VIPJUGGLER_KERNEL"
  package static let kind = "uml"

  /// Whether this process runs in one, whatever its environment says.
  package static let isInside: Bool =
    ProcessInfo.processInfo.environment[kindVariable] == kind
    && (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
      .contains("User Mode Linux") == true

  /// What has to be installed before it can run; `nil` when all is there.
  package static var missing: String? {
    let needed = [program: "user-mode-linux", modules: "user-mode-linux", modprobe: "kmod"]
    let packages = Set(needed.filter { access($0.key, F_OK) != 0 }.values)
    return packages.isEmpty
      ? nil : "the lab kernel needs `apt-get install \(packages.sorted().joined(separator: " "))`"
  }

  /// It could not do its job.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The serial lines by which the guest talks: results, the rest, its state, and what it is told;
  /// programs that are started from outside, and what they say.
  enum Line: Int, CaseIterable {
    case output, errors, state, control, calls, sessions

    /// Whether the guest reads it.
    var leadsIn: Bool { self == .control || self == .calls }

    var device: String { "/dev/ttyS\(rawValue)" }
    /// The number of the descriptor in the lab kernel's process; 0 to 2 are its own.
    var descriptor: Int { 3 + rawValue }
  }

  /// What it has of memory, in bytes, and how many neighbour entries it takes: two of each node of the largest
  /// lab.
  package static let memory = 512 << 20
  package static let mostNeighbours = 8_192
  /// How many descriptors its programs may have: as many as Linux gives any (`fs.nr_open`).
  package static let mostDescriptors = 1 << 20

  static let aliveInterval = TimeSpan.seconds(1)
  private static let startPatience = TimeSpan.seconds(5)
  private static let pollInterval = TimeSpan.milliseconds(50)
  private static let patience = TimeSpan.seconds(30)

  /// Where what the job prints goes.
  package struct Streams {
    package var output: ([UInt8]) -> Void
    package var errors: ([UInt8]) -> Void

    package init(output: @escaping ([UInt8]) -> Void, errors: @escaping ([UInt8]) -> Void) {
      self.output = output
      self.errors = errors
    }
  }

  /// Runs `job` to its end and returns its exit code. An interruption is passed on, and whoever comes
  /// to `door` may start programs inside. This program, at `guest`, is the kernel's first process.
  package static func run(
    _ job: LabKernelJob, guest own: String, interruption: Interruption, streams: Streams,
    door: LocalSocket? = nil
  ) throws -> Int32 {
    let lines = try Line.allCases.map { _ in try PipePair() }
    let log = try PipePair()
    let null = try StreamEnd.null()
    let kernel = try start(job, guest: own, lines: lines, log: log, null: null)
    var guest = Guest()
    let relay = door.map { SessionRelay($0, calls: lines[Line.calls.rawValue].writing) }
    let watched: [(StreamEnd, (inout Guest, [UInt8]) throws -> Void)] = [
      (lines[Line.output.rawValue].reading, { streams.output($1) }),
      (lines[Line.errors.rawValue].reading, { streams.errors($1) }),
      (lines[Line.state.rawValue].reading, { $0.heard($1) }),
      (log.reading, { $0.remember($1) }),
      (lines[Line.sessions.rawValue].reading, { try relay?.heard($1) }),
    ]
    let poll = try EventPoll()
    for (tag, stream) in watched.enumerated() {
      try poll.add(stream.0.descriptor, tag: UInt64(tag))
    }
    let interrupting = UInt64(watched.count)
    try poll.add(interruption.descriptor, tag: interrupting)
    let called = interrupting + 1
    if let relay { try poll.add(relay.descriptor, tag: called) }
    let firstSession = called + 1
    defer {
      kernel.destroy()
      _ = kernel.wait()
      withExtendedLifetime((lines, null)) {}
    }
    var isDrained = false
    var interrupted: Timestamp?
    var last = WallClock.now
    while !isDrained {
      let hasEnded = kernel.hasEnded
      let ready = poll.wait(timeout: hasEnded ? .zero : pollInterval)
      isDrained = hasEnded && ready == 0
      for index in 0..<ready {
        let tag = poll.tag(index)
        if tag == interrupting {
          interruption.take()
          interrupted = interrupted ?? WallClock.monotonic
        } else if tag == called {
          if let (session, caller) = relay?.accept(user: geteuid()) {
            try poll.add(caller, tag: firstSession + UInt64(session))
          }
        } else if tag >= firstSession {
          relay?.hear(UInt16(tag - firstSession))
        } else {
          let (stream, take) = watched[Int(tag)]
          try take(&guest, stream.read())
        }
      }
      // Sooner the line would lose it.
      if interrupted != nil, guest.isListening {
        lines[Line.control.rawValue].writing.write([0x03])
        interrupted = nil
      }
      // It does not start, and has measured nothing.
      if let interrupted, WallClock.monotonic - interrupted > startPatience { return 128 + SIGINT }
      let now = WallClock.now
      // Where this process stood still itself, what it is to hear waits for it.
      guest.waited(for: min(now - last, pollInterval))
      last = now
      guard guest.silence < patience || hasEnded else {
        throw Failure(
          description: "the lab kernel has not been heard of for \(patience) and was ended"
            + guest.reason)
      }
    }
    return try guest.result()
  }

  private static func start(
    _ job: LabKernelJob, guest own: String, lines: [PipePair], log: PipePair, null: StreamEnd
  ) throws -> ChildProcess {
    guard !own.contains(where: { $0 == " " || $0 == "\"" }) else {
      throw Failure(
        description: "the lab kernel cannot start a program from a folder with spaces: \(own)")
    }
    var serial = ["ssl=null"]
    for line in Line.allCases {
      serial.append(
        line.leadsIn
          ? "ssl\(line.rawValue)=fd:\(line.descriptor),null"
          : "ssl\(line.rawValue)=null,fd:\(line.descriptor)")
    }
    let words =
      [
        "mem=\(memory >> 20)M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
        "init=\(own)",
        "con=null", "con0=null,fd:1", "uml_dir=/proc/",
      ] + serial + ["\(LabKernelJob.variable)=\(try job.encoded())"]
    guard words.joined(separator: " ").utf8.count < commandLineLimit else {
      throw Failure(description: "the command line is too long for the lab kernel")
    }
    let ends = Line.allCases.map { line in
      line.leadsIn
        ? lines[line.rawValue].reading.descriptor
        : lines[line.rawValue].writing.descriptor
    }
    return try ChildProcess(
      program, words, environment: [:],
      descriptors: [
        null.descriptor, log.writing.descriptor,
        log.writing.descriptor,
      ] + ends,
      // It takes one for its guests, which it traces, for their death: "child stopped with signal 18".
      blocked: SIGCONT)
  }

  /// `COMMAND_LINE_SIZE` of a user-mode kernel.
  private static let commandLineLimit = 4096

  /// What is known of the guest.
  private struct Guest {
    /// For so long it was waited for in vain: less than what a clock says of, where this process stood
    /// still itself.
    private(set) var silence = TimeSpan.zero
    private var state = ""
    private var log: [UInt8] = []

    mutating func waited(for span: TimeSpan) { silence = silence + span }

    /// Its state line: a dot each second, and at the end `exit N`.
    mutating func heard(_ bytes: [UInt8]) {
      silence = .zero
      state += String(decoding: bytes, as: UTF8.self)
    }

    /// Whether it takes interruptions, as it does from its first word on.
    var isListening: Bool { !state.isEmpty }

    /// The kernel's own messages.
    mutating func remember(_ bytes: [UInt8]) {
      log = (log + bytes).suffix(4096)
    }

    /// The job's exit code; an interruption has one of its own.
    func result() throws -> Int32 {
      let words = state.split(whereSeparator: { $0 == "." || $0 == "\n" }).last
      guard let words, words.hasPrefix("exit "), let code = Int32(words.dropFirst(5)) else {
        throw Failure(description: "the lab kernel ended before its job" + reason)
      }
      let signal = code - 128
      guard ![SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGKILL, SIGSEGV].contains(signal) else {
        throw Failure(
          description: "what ran in the lab kernel was ended by signal \(signal)" + reason)
      }
      return code
    }

    /// Why, as far as its log says; a kernel that panics says most first.
    var reason: String {
      let lines = String(decoding: log, as: UTF8.self).split(whereSeparator: \.isNewline)
      let signals = [SIGSTOP, SIGCONT].map { "child stopped with signal \($0)" }
      guard !lines.contains(where: { line in signals.contains { line.hasSuffix($0) } }) else {
        return ": its processes were stopped and went on (SIGSTOP, SIGCONT), which user-mode Linux "
          + "does not always survive; run it again"
      }
      let end = lines.drop { !$0.contains("Kernel panic") }
      let words = end.isEmpty ? lines.suffix(5) : end.prefix(5)
      return words.isEmpty ? "" : "; its last words:\n" + words.joined(separator: "\n")
    }
  }
}
