import Foundation
import LinuxNet

/// Runs a program in a namespace of this process and returns what it prints.
func run(_ command: String..., in namespace: Namespace) throws -> String {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/nsenter")
  process.arguments =
    ["--net=/proc/\(getpid())/fd/\(namespace.descriptorNumber)", "--"] + command
  process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
  let output = Pipe()
  process.standardOutput = output
  process.standardError = output
  try process.run()
  let text = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return String(decoding: text, as: UTF8.self)
}
