import Foundation
import TestSupport
import Testing

/// OpenSSH's servers, one in each machine, with keys and settings of their own in a temporary folder,
/// and a client that knows them.
final class SSHServers {
  private let folder: String
  private var servers: [Process] = []
  /// A folder to look for programs in first: its `ssh` is OpenSSH's, with this configuration.
  let programs: String

  private static let server = Program.root.appendingPathComponent(".build/tools/usr/sbin/sshd").path

  /// `forced` is what a login shell would say and do before the command, by machine.
  init(in machines: Machines, saying forced: [String: String] = [:]) throws {
    folder = try temporaryFile("ssh")
    programs = folder + "/bin"
    try FileManager.default.createDirectory(
      atPath: programs, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try makeKey("user")
    let users = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
    let own = "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n"
    try write(users.contains("\nsshd:") ? users : users + own, to: "passwd")
    var known = ""
    for (index, name) in Machines.names.dropLast().enumerated() {
      try makeKey(name)
      try start(name, in: machines, forced[name])
      let key = try String(contentsOfFile: "\(folder)/\(name).pub", encoding: .utf8)
      known += "10.0.0.\(11 + index) \(key)"
    }
    try write(known, to: "known_hosts")
    try write(
      """
      Host *
        User root
        IdentityFile \(folder)/user
        IdentitiesOnly yes
        UserKnownHostsFile \(folder)/known_hosts
        GlobalKnownHostsFile /dev/null
      """, to: "config")
    try write("#!/bin/sh\nexec /usr/bin/ssh -F '\(folder)/config' \"$@\"\n", to: "bin/ssh")
    chmod(programs + "/ssh", 0o700)
  }

  deinit {
    for name in Machines.names.dropLast() {
      guard let server = server(of: name) else { continue }
      // The lines that it holds are processes of their own. And signals may have been blocked.
      try? cutLines(to: name)
      kill(server, SIGKILL)
    }
    for server in servers { server.waitUntilExit() }
  }

  /// Ends the lines that a machine's server holds.
  func cutLines(to name: String) throws {
    for process in try lines(to: name) { kill(process, SIGKILL) }
  }

  /// The processes of the lines that a machine's server holds.
  private func lines(to name: String) throws -> [Int32] {
    guard let server = server(of: name) else { return [] }
    let held = try outcome(of: "ps", "-o", "pid=", "--ppid", "\(server)")
    return held.output.split(separator: "\n").compactMap { Int32($0.filter(\.isNumber)) }
  }

  private func server(of name: String) -> Int32? {
    let text = try? String(contentsOfFile: "\(folder)/\(name).pid", encoding: .utf8)
    return text.flatMap { Int32($0.prefix { $0.isNumber }) }
  }

  private func makeKey(_ name: String) throws {
    let made = try outcome(
      of: "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(name)")
    #expect(made.code == 0, "\(made.output)")
  }

  /// What the client knows of a machine's key is another's from now on.
  func changeKey(of name: String) throws {
    let file = folder + "/known_hosts"
    let number = Machines.names.firstIndex(of: name)! + 11
    try makeKey("another")
    let key = try String(contentsOfFile: "\(folder)/another.pub", encoding: .utf8)
    let known = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
      $0.hasPrefix("10.0.0.\(number) ") ? "10.0.0.\(number) \(key)" : String($0)
    }
    try write(known.joined(separator: "\n") + "\n", to: "known_hosts")
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  /// Its /run is its own, as a machine's is; and it has the user that the server runs as, whom the
  /// package makes where it is installed.
  private func start(_ name: String, in machines: Machines, _ forced: String?) throws {
    let settings = """
      Port 22
      HostKey \(folder)/\(name)
      AuthorizedKeysFile \(folder)/user.pub
      PermitRootLogin prohibit-password
      PasswordAuthentication no
      StrictModes no
      UsePAM no
      PidFile none
      LogLevel ERROR
      \(forced.map { "ForceCommand \($0)" } ?? "")
      """
    try write(settings, to: "\(name).config")
    let server = Process()
    server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    server.arguments =
      machines.entering(name) + [
        "unshare", "--mount", "sh", "-c",
        "mount -t tmpfs tmpfs /run && mkdir /run/sshd && mount --bind '\(folder)/passwd' /etc/passwd "
          // Foundation watches a process by a descriptor, and a server closes all that it was given.
          + "&& { '\(SSHServers.server)' -D -e -f '\(folder)/\(name).config' "
          + "2> '\(folder)/\(name).log' & echo $! > '\(folder)/\(name).pid'; wait; }",
      ]
    try server.run()
    servers.append(server)
    let probe = machines.entering(name).joined(separator: " ") + " ss -Hltn 'sport = :22'"
    let listens = try waitUntil(10) { try !outcome(of: "sh", "-c", probe).output.isEmpty }
    let log = (try? String(contentsOfFile: "\(folder)/\(name).log", encoding: .utf8)) ?? ""
    #expect(listens, "sshd of \(name) does not listen: \(log)")
  }
}
