import Glibc
import LinuxNet
import Packets

/// Where a controller whose line to an agent was cut finds it again: a process that it starts there anew
/// hands over its own standard input and output. Nobody but the agent's user is let in.
final class LineDoor {
  private let socket: LocalSocket

  private static let patience = TimeSpan.seconds(1)

  /// `word` is known to the agent and its controller.
  init(_ word: String) throws(KernelError) { socket = try .listening(on: LineDoor.name(word)) }

  private static func name(_ word: String) -> String { "\(word)-line" }

  /// Becomes readable when somebody is there.
  var descriptor: Descriptor { socket.descriptor }

  /// A line that was handed over.
  struct Line {
    let input: StreamEnd
    let output: StreamEnd
    /// While it is open the process waits that handed them over.
    let holder: LocalSocket
  }

  /// `nil` for whoever is not let in.
  func open() -> Line? {
    guard let caller = try? socket.accept(), caller.isPeer(user: geteuid()),
      let streams = try? caller.takeStreams(within: LineDoor.patience), streams.count == 2
    else { return nil }
    return Line(input: streams[0], output: streams[1], holder: caller)
  }

  /// Hands over what this process was started with, and waits until the agent needs it no longer;
  /// whether there is such an agent.
  static func handOver(to word: String) -> Bool {
    guard let agent = try? LocalSocket.connected(to: name(word)), agent.isPeer(user: geteuid()),
      (try? agent.hand(over: [STDIN_FILENO, STDOUT_FILENO])) != nil
    else { return false }
    _ = try? agent.readToEnd()
    return true
  }
}
