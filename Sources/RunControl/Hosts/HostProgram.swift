import Foundation
import Glibc
import LinuxNet
import NodeAgent
import Packets
import Synchronization
import TopologyModel

/// This program, as it is started on a host: sent there once, kept under its checksum, and run by the
/// command that the topology names.
package final class HostProgram: Sendable {
  /// SHA-256, in hexadecimal.
  let checksum: String
  private let own = "/proc/\(getpid())/exe"
  /// What is sent of it, by who compresses it; made once.
  private let archives = Mutex<[Compressor: Data]>([:])

  /// Why it cannot be sent.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Programs that compress, the better one first.
  enum Compressor: String, CaseIterable {
    case xz, gzip

    /// By all processors, and no harder than takes little time: blocks as large as they help, and few
    /// places looked at for what repeats. The branches of a machine's kind are written so that they do.
    fileprivate var options: [String] {
      let search = "--lzma2=preset=4,dict=8MiB,nice=16,depth=4"
      return switch self {
      case .xz where Machine.architecture == "x86_64": ["-T0", "--x86", search]
      case .xz: ["-T0", search]
      case .gzip: ["-6"]
      }
    }
  }

  package init() throws {
    let sum = try HostProgram.run("sha256sum", own)
    checksum = String(sum.prefix { $0.isHexDigit })
    guard checksum.count == 64 else {
      throw Failure(description: "sha256sum gives no checksum of this program: \(sum)")
    }
  }

  /// The program, compressed by the best of `compressors` that this machine has, too.
  func archive(by compressors: [Compressor]) throws -> (Compressor, Data) {
    let usable = compressors.filter { (try? HostProgram.path(of: $0.rawValue)) != nil }
    guard let compressor = Compressor.allCases.first(where: usable.contains) else {
      throw Failure(description: "it has neither xz nor gzip to take this program in by")
    }
    return try archives.withLock { archives in
      let data = try archives[compressor] ?? make(compressor)
      archives[compressor] = data
      return (compressor, data)
    }
  }

  /// What was made for an earlier run is used again.
  private func make(_ compressor: Compressor) throws -> Data {
    let folder = HostProgram.folder
    let file = "\(folder)/\(checksum).\(compressor.rawValue)"
    if access(file, R_OK) != 0 {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      _ = try HostProgram.run(
        "sh", "-c",
        "from=$0 to=$1; shift; \"$@\" -c < \"$from\" > \"$to.$$\" && mv \"$to.$$\" \"$to\" "
          + "|| { rm -f \"$to.$$\"; exit 1; }",
        own, file, compressor.rawValue, more: compressor.options)
      HostProgram.forgetAll(but: HostProgram.kept, in: folder)
    }
    return try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe)
  }

  /// So many builds are kept, here and at a host: the latest.
  private static let kept = 3

  private static func forgetAll(but count: Int, in folder: String) {
    let endings = Compressor.allCases.map { ".\($0.rawValue)" }
    let archives = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { name in endings.contains { name.hasSuffix($0) } }.map { "\(folder)/\($0)" }
    let made = archives.map { file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      return (file: file, at: attributes?[.modificationDate] as? Date ?? .distantPast)
    }.sorted { $0.at > $1.at }
    for (file, _) in made.dropFirst(count) { unlink(file) }
  }

  private static var folder: String {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/tmp") + "/.cache"
    return cache + "/vipjuggler"
  }

  private static let timeout = TimeSpan.seconds(180)

  private static func run(
    _ name: String, _ arguments: String..., more: [String] = []
  ) throws -> String {
    let program = try NodeProgram(try path(of: name), arguments + more)
    if let failure = program.failure(within: timeout) {
      throw Failure(description: "\(name): \(failure)")
    }
    return program.output
  }

  /// Where the user's shell would find a program.
  private static func path(of name: String) throws(Failure) -> String {
    guard !name.contains("/") else { return name }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard
      let path = folders.map({ String($0) + "/" + name })
        .first(where: { access($0, X_OK) == 0 })
    else { throw Failure(description: "there is no program `\(name)`") }
    return path
  }

  /// Whom a command is to reach on a host.
  enum Entry: String {
    /// An agent that it starts.
    case fresh = "--line"
    /// One whose line was cut.
    case resume = "--resume"
  }

  /// The command that reaches a host and runs what prepares it there; what that says begins with
  /// `word`.
  func command(
    _ reach: Reach, _ entry: Entry, word: String
  ) throws -> (path: String, arguments: [String]) {
    let words = ["vipjuggler", word, checksum, entry.rawValue]
    let shell = ["/bin/sh", "-c", HostProgram.script] + words
    switch reach {
    case .exec(let command):
      return (try HostProgram.path(of: command[0]), Array(command.dropFirst()) + shell)
    case .ssh(let destination):
      let remote = "exec /bin/sh -c '\(HostProgram.script)' \(words.joined(separator: " "))"
      return (
        try HostProgram.path(of: "ssh"), HostProgram.sshOptions + ["--", destination, remote]
      )
    }
  }

  /// No terminal and no question; a host's key is known beforehand, or the host is not reached.
  private static let sshOptions =
    [
      "-T", "-x", "-a",
    ]
    + [
      "BatchMode=yes", "StrictHostKeyChecking=yes", "ClearAllForwardings=yes",
      "PermitLocalCommand=no", "ConnectTimeout=10", "ServerAliveInterval=2",
      "ServerAliveCountMax=2", "ControlMaster=no", "ControlPath=none",
    ].flatMap { ["-o", $0] }

  /// Runs what is there under the checksum; where it is not, asks for it, checks what comes and keeps it
  /// for its user alone. One line, and nothing in it that a login shell of any kind takes for its own:
  /// no quote, no exclamation mark. What came from the topology is in no shell's words.
  private static let script = [
    "umask 077", "n=$1", "h=$2", "m=$3",
    "d=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/vipjuggler", "p=$d/$h",
    "f() { echo \"$n refused $*\"; exit 1; }",
    "if [ -x \"$p\" ] && [ -O \"$p\" ]; then echo \"$n ready\"; exec \"$p\" agent \"$m\" \"$n\"; fi",
    "echo \"$n need $(uname -m)\" "
      + "$(for z in xz gzip; do command -v $z > /dev/null && echo $z; done)",
    "read -r s z || exit 1",
    "mkdir -p \"$d\" && t=$(mktemp \"$d/.new.XXXXXX\") || f \"no file can be made in $d\"",
    "head -c \"$s\" | \"$z\" -dc > \"$t\" || { rm -f \"$t\"; f \"$d cannot be written to\"; }",
    "c=$(sha256sum < \"$t\")",
    "if [ \"${c%% *}\" = \"$h\" ]; then chmod 700 \"$t\"; else rm -f \"$t\"; "
      + "f \"what came has another checksum\"; fi",
    "if [ -x \"$t\" ]; then mv \"$t\" \"$p\"; ls -t \"$d\" | grep -v [.] | tail -n +\(kept + 1) | "
      + "while read -r o; do rm -f \"$d/$o\"; done; else rm -f \"$t\"; "
      + "f \"programs in $d may not be run (noexec); set XDG_CACHE_HOME there\"; fi",
    "echo \"$n ready\"", "exec \"$p\" agent \"$m\" \"$n\"",
  ].joined(separator: "; ")
}
