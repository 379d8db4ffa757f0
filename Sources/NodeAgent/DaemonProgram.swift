import Foundation
package import Packets
package import TopologyModel

/// A program that decides at a node when it holds the VIP, and what it is started with.
package struct DaemonProgram: Sendable {
  /// What it is called.
  package var name: String
  /// Its path, and what it is told.
  package var path: String
  package var arguments: [String]
  /// What it reads, short enough for a pipe.
  package var input = ""
  /// What it is told by its environment, besides where programs are.
  package var environment: [String: String] = [:]
  /// How long it may take to end in good order; `nil` where that undoes no more than its end does.
  package var patience: TimeSpan?

  /// This program itself, as one of a pair.
  package static func heartbeat(_ settings: HeartbeatDaemon.Settings) -> DaemonProgram {
    let (failover, heartbeat) = (settings.failover, settings.failover.heartbeat)
    let line = settings.line
    return DaemonProgram(
      name: "vipjuggler", path: "/proc/self/exe",
      arguments: [
        "heartbeat", "\(settings.vip)", "--interface", settings.interface, "--over", line.link,
        "--from", "\(line.address)", "--peer", "\(line.peer)",
        "--priority", "\(line.priority)", "--every", "\(heartbeat.every)",
        "--dead", "\(heartbeat.dead)", heartbeat.preempts ? "--preempt" : "--no-preempt",
        heartbeat.hasDyingBreath ? "--dying-breath" : "--no-dying-breath",
        "--announce-count", "\(failover.announceCount ?? 5)",
        "--announce-every", "\(failover.announceEvery)",
        "--announce-form", failover.form.rawValue, "--port", "\(line.port)",
        "--pair", "\(line.pair)",
      ])
  }

  /// This program itself, with the resources of a cluster.
  package static func resources(_ settings: ResourceDaemon.Settings) -> DaemonProgram {
    let stops = settings.failover.resources.map(\.timeouts.stop).reduce(.zero, +)
    return DaemonProgram(
      name: "vipjuggler", path: "/proc/self/exe", arguments: ["resources"],
      input: String(decoding: (try? JSONEncoder().encode(settings)) ?? Data(), as: UTF8.self),
      environment: ResourceAgent.inherited,
      patience: min(stops, longestPatience) + .seconds(1))
  }

  /// What is not stopped by then is left as it is: a node that says nothing for longer is taken for lost.
  private static let longestPatience = TimeSpan.seconds(7)

  private static let keepalived = "/usr/sbin/keepalived"

  /// keepalived, which has a /run of its own: it leaves no file behind, however it ends.
  package static func keepalived(_ instance: VRRPInstance) -> DaemonProgram {
    let file = "/run/keepalived.conf"
    return DaemonProgram(
      name: "keepalived", path: "/usr/bin/env",
      arguments: [
        "unshare", "--mount", "--", "sh", "-c",
        "mount -t tmpfs -o mode=0700 run /run && cat > \(file) && exec \"$@\"", "sh",
        keepalived, "--dont-fork", "--vrrp", "--log-console", "--use-file", file,
      ], input: instance.text)
  }

  private static let ucarp = "/usr/sbin/ucarp"

  /// ucarp, with the commands that it moves the VIP by in a /run of its own.
  package static func ucarp(_ host: CARPHost) -> DaemonProgram {
    let (password, up, down) = ("/run/password", "/run/up", "/run/down")
    let script = """
      mount -t tmpfs -o mode=0700 run /run && cat > \(password) &&
      printf '#!/bin/sh\\nexec ip address replace "$2/32" dev "$1"\\n' > \(up) &&
      printf '#!/bin/sh\\nip address del "$2/32" dev "$1" 2> /dev/null\\n' > \(down) &&
      chmod 700 \(up) \(down) && exec "$@"
      """
    return DaemonProgram(
      name: "ucarp", path: "/usr/bin/env",
      arguments: ["unshare", "--mount", "--", "sh", "-c", script, "sh", ucarp]
        + host.arguments(passwordFile: password, upScript: up, downScript: down),
      input: "vipjuggler\n")
  }

  /// What has to be installed for a path first; `nil` when it is there.
  package static func missing(for path: TopologyPath) -> String? {
    switch path.failover.method {
    case .juggle, .handover, .heartbeat: return nil
    case .vrrp: return missing(keepalived)
    case .carp: return missing(ucarp)
    case .ocf:
      return path.failover.resources.lazy.compactMap { ResourceAgent.missing($0.agent) }.first
    case .script:
      let commands = [path.failover.script?.claim, path.failover.script?.release]
      let words = commands.compactMap { $0?.first }
      return words.first { !isProgram($0) }.map {
        "there is no program `\($0)`: commands are lists of words, which no shell sees"
      }
    }
  }

  /// Of a program whose package is called as it is.
  private static func missing(_ program: String) -> String? {
    let name = program.split(separator: "/").last ?? ""
    return access(program, X_OK) == 0
      ? nil : "\(name) is not installed: `apt-get install \(name)`"
  }

  /// Whether env(1) would find it.
  private static func isProgram(_ word: String) -> Bool {
    guard !word.contains("/") else { return access(word, X_OK) == 0 }
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return folders.split(separator: ":").contains { access("\($0)/\(word)", X_OK) == 0 }
  }
}
