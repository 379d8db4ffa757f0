import Foundation
package import LinuxNet
import TopologyModel

/// How another process of the same user finds its way into a running lab: an abstract socket that
/// answers with where the nodes' namespaces are held.
package enum LabDoor {
  /// A lab's answer.
  package struct Sign: Codable, Sendable {
    package let process: Int32
    /// Whether the lab lives in a user namespace of its own.
    package let isRootless: Bool
    /// Where each node's namespace is found.
    package let nodes: [String: String]
  }

  /// A lab that runs: its topology's name, and the socket to ask.
  package struct Listing: Hashable, Sendable {
    package let topology: String
    /// The process that holds it.
    package let process: String
    fileprivate let socket: String
  }

  private static func prefix(user: UInt32) -> String { "vipjuggler/\(user)/" }

  /// Takes the door's name; before a user namespace is entered, while the user is still known by
  /// its own number.
  package static func reserve(topology: String) throws(KernelError) -> LocalSocket {
    try .listening(on: prefix(user: geteuid()) + "\(getpid())/\(topology)")
  }

  /// Answers callers on a thread of its own for as long as the process lives. Only the user who
  /// runs the lab gets an answer.
  package static func open(_ socket: LocalSocket, to lab: Lab, isRootless: Bool) {
    let nodes = zip(lab.topology.nodes, lab.nodes).map { ($0.name, $1.path) }
    let sign = Sign(
      process: getpid(), isRootless: isRootless, nodes: Dictionary(uniqueKeysWithValues: nodes))
    guard let answer = try? String(decoding: JSONEncoder().encode(sign), as: UTF8.self) else {
      return
    }
    let owner = geteuid()
    Thread.detachNewThread {
      while let caller = try? socket.accept() {
        guard let peer = try? caller.peer(), peer.user == owner else { continue }
        try? caller.write(answer)
      }
    }
  }

  /// The caller's own labs that run now.
  package static func listings() throws(KernelError) -> [Listing] {
    let prefix = prefix(user: geteuid())
    return try LocalSocket.names(beginningWith: prefix).map { name in
      let parts = name.dropFirst(prefix.count).split(separator: "/", maxSplits: 1)
      return Listing(
        topology: String(parts.last ?? ""), process: String(parts.first ?? ""), socket: name)
    }
  }

  /// Asks a lab where its nodes are.
  package static func ask(_ listing: Listing) throws -> Sign {
    let socket = try LocalSocket.connected(to: listing.socket)
    let peer = try socket.peer()
    guard peer.user == geteuid() else {
      throw KernelError("ask lab `\(listing.topology)`", code: EPERM, detail: "another user's")
    }
    let answer = try socket.readToEnd()
    return try JSONDecoder().decode(Sign.self, from: Data(answer.utf8))
  }
}
