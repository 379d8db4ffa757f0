import Foundation
package import LinuxNet
import Testing

/// Runs a program in a namespace of this process and returns what it prints.
package func run(_ command: String..., in namespace: Namespace) throws -> String {
  let program = try #require(
    ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"].map { $0 + command[0] }
      .first { access($0, X_OK) == 0 }, "\(command[0]) is not installed")
  let null = try StreamEnd.null()
  return try namespace.run { () throws(KernelError) in
    let (reading, child) = try start(program, Array(command.dropFirst()), null)
    var text: [UInt8] = []
    while true {
      let bytes = reading.read()
      if bytes.isEmpty { break }
      text += bytes
    }
    _ = child.wait()
    return String(decoding: text, as: UTF8.self)
  }
}

/// Starts the program; the writing end of the pipe is its own alone when this returns.
private func start(
  _ program: String, _ arguments: [String], _ null: StreamEnd
) throws(KernelError) -> (StreamEnd, ChildProcess) {
  let pipe = try PipePair()
  let end = pipe.writing.descriptor
  let child = try ChildProcess(
    program, arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
    descriptors: [null.descriptor, end, end])
  withExtendedLifetime(pipe) {}
  return (pipe.reading, child)
}

/// Looks at `condition` until it holds or `seconds` have passed; whether it held.
package func waitUntil(_ seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Date(timeIntervalSinceNow: seconds)
  while try !condition() {
    if Date() > deadline { return false }
    _ = poll(nil, 0, 5)
  }
  return true
}
