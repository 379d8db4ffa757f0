import Foundation
package import LinuxNet
import Packets
import TopologyModel

/// How another process of the same user finds its way into a running lab: an abstract socket that
/// answers with where the nodes' namespaces are held.
package enum LabDoor {
  /// A lab's answer.
  package struct Sign: Codable, Sendable {
    package let topology: String
    package let process: Int32
    /// Whether the lab lives in a user namespace of its own.
    package let isRootless: Bool
    /// Where each node's namespace is found; `nil` where that is in the lab kernel, and the session
    /// door the way there.
    package let nodes: [String: String]?
    /// Their names, as a hosts file has them.
    package let hosts: String?
  }

  /// A lab of the caller's own that runs now.
  package struct Listing: Sendable {
    /// That holds it.
    package let process: Int32
    /// `nil` where it does not answer.
    package let sign: Sign?
  }

  private static func prefix(user: UInt32) -> String { "vipjuggler/\(user)/" }

  private static func sessionDoor(of process: Int32) -> String {
    "vipjuggler-sessions/\(geteuid())/\(process)"
  }

  /// Takes the door's name.
  package static func reserve() throws(KernelError) -> LocalSocket {
    try .listening(on: prefix(user: geteuid()) + "\(getpid())")
  }

  /// Answers callers on a thread of its own for as long as the process lives. Only the user who
  /// runs the lab gets an answer.
  package static func open(_ socket: LocalSocket, to lab: Lab, isRootless: Bool) {
    let nodes = zip(lab.topology.nodes, lab.nodes).map { ($0.name, $1.path) }
    open(
      socket,
      Sign(
        topology: lab.topology.name, process: getpid(), isRootless: isRootless,
        nodes: Dictionary(uniqueKeysWithValues: nodes), hosts: lab.topology.hostsLines))
  }

  /// The same of a lab that will be built in the lab kernel, to be reached by the session door.
  package static func openToLabKernel(
    _ socket: LocalSocket, topology: String
  ) throws(KernelError) -> LocalSocket {
    let door = try LocalSocket.listening(on: sessionDoor(of: getpid()))
    open(
      socket,
      Sign(topology: topology, process: getpid(), isRootless: false, nodes: nil, hosts: nil))
    return door
  }

  /// A way into the lab kernel of the lab that has `sign`.
  package static func enterLabKernel(of sign: Sign) throws(KernelError) -> LocalSocket {
    let socket = try LocalSocket.connected(to: sessionDoor(of: sign.process))
    try check(socket, "lab of process \(sign.process)")
    return socket
  }

  private static func open(_ socket: LocalSocket, _ sign: Sign) {
    guard let answer = try? String(decoding: JSONEncoder().encode(sign), as: UTF8.self) else {
      return
    }
    let owner = geteuid()
    Thread.detachNewThread {
      while let caller = socket.nextCaller() {
        // What it says gives no right: namespaces are entered by the kernel's leave.
        guard let peer = try? caller.peer(), peer.user == owner else { continue }
        try? caller.write(answer)
      }
    }
  }

  /// Those of the caller. Who else listens under such a name is not there.
  package static func listings() throws(KernelError) -> [Listing] {
    let prefix = prefix(user: geteuid())
    // Whoever squats on many of them is not waited for at each.
    let deadline = WallClock.now + LocalSocket.patience
    return try LocalSocket.names(beginningWith: prefix).compactMap { name in
      guard let process = Int32(name.dropFirst(prefix.count)),
        let socket = try? LocalSocket.connected(to: name, within: deadline - WallClock.now),
        (try? socket.peer().user) == geteuid()
      else { return nil }
      let answer = try? socket.readToEnd(within: LocalSocket.patience)
      let sign = answer.flatMap { try? JSONDecoder().decode(Sign.self, from: Data($0.utf8)) }
      return Listing(process: process, sign: sign)
    }
  }

  /// That nobody else waits there under the name of a lab of this user's.
  private static func check(_ socket: LocalSocket, _ lab: String) throws(KernelError) {
    guard try socket.peer().user == geteuid() else {
      throw KernelError("ask \(lab)", code: EPERM, detail: "another user's")
    }
  }
}

extension Topology {
  /// Where each node is, as a hosts file has it (hosts(5)).
  fileprivate var hostsLines: String {
    nodes.flatMap { node in node.attachments.map { "\($0.address)\t\(node.name)\n" } }.joined()
  }
}
