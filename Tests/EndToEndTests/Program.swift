import Foundation
import Records
import TestSupport
import Testing

/// The built program, run as a user runs it.
struct Program {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Beside the test bundle that is running.
  static let executable: URL = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let folder =
      bundle.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
      ?? root.appendingPathComponent(".build/debug")
    return folder.appendingPathComponent("vipjuggler")
  }()

  static func topology(_ name: String) -> String {
    root.appendingPathComponent("topologies/\(name).yaml").path
  }

  let process = Process()
  private let outputFile: URL
  private let errorFile: URL

  /// Starts `wrapper` with the program and `arguments` behind it; the wrapper may be empty.
  init(_ arguments: [String], wrapper: [String] = []) throws {
    outputFile = URL(fileURLWithPath: try temporaryFile("output"))
    errorFile = outputFile.appendingPathExtension("err")
    for file in [outputFile, errorFile] {
      _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    }
    let command = wrapper + [Program.executable.path] + arguments
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
  }

  struct Outcome {
    let output: String
    let error: String
    let code: Int32

    /// Whether too much of it was void.
    var isSpoilt: Bool { code == 1 && error.contains("too few transitions count, ") }

    /// The cells of the table's row called `title`.
    func row(_ title: String) -> [String] {
      let line = output.split(separator: "\n").first { $0.hasPrefix(title + "   ") }
      return (line ?? "").dropFirst(title.count).split(separator: " ").map(String.init)
    }
  }

  /// Waits for the end, at most `seconds`; a program that is not done by then is killed.
  func finish(within seconds: Double = 120) throws -> Outcome {
    let isDone = waitUntil(seconds) { !process.isRunning }
    if !isDone { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(isDone, "still running after \(seconds) s")
    return Outcome(output: output, error: errorOutput, code: process.terminationStatus)
  }

  /// What it has printed so far.
  var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }
  var errorOutput: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  static func run(_ arguments: String..., wrapper: [String] = []) throws -> Outcome {
    try run(arguments, wrapper: wrapper)
  }

  /// A run of `compare` that the machine spoilt another time, three times at most.
  static func run(_ arguments: [String], wrapper: [String] = []) throws -> Outcome {
    var outcome = try Program(arguments, wrapper: wrapper).finish()
    for _ in 0..<2 where outcome.isSpoilt && arguments.first == "compare" {
      outcome = try Program(arguments, wrapper: wrapper).finish()
    }
    return outcome
  }
}

/// Runs another program to its end and returns what it prints.
func output(of command: String...) throws -> String {
  try run(command, errors: FileHandle.nullDevice).output
}

/// The same with what it prints as errors, and its exit code.
func outcome(of command: String...) throws -> (output: String, code: Int32) {
  try outcome(of: command)
}

func outcome(of command: [String]) throws -> (output: String, code: Int32) {
  try run(command, errors: nil)
}

/// What `--json` wrote.
func savedRun(_ file: String) throws -> RunRecord {
  try JSONDecoder().decode(RunRecord.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
}

/// Holds a file that `--json` wrote to its schema.
func expectSchema(_ file: String, _ schema: String = "run-1") throws {
  let verdict = try schemaVerdict(of: file, schema)
  #expect(verdict.code == 0, "\(verdict.output)")
}

/// What the schema says to a file; the code is 0 when it is as it should be.
func schemaVerdict(of file: String, _ schema: String = "run-1") throws -> (
  output: String, code: Int32
) {
  try outcome(
    of: "/usr/bin/python3",
    Program.root.appendingPathComponent("Tests/EndToEndTests/validate.py").path,
    Program.root.appendingPathComponent("docs/\(schema).schema.json").path, file)
}

/// `errors` is where its errors go; `nil` for where its output goes.
private func run(
  _ command: [String], errors: FileHandle?
) throws -> (output: String, code: Int32) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = errors ?? pipe
  try process.run()
  let text = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (String(decoding: text, as: UTF8.self), process.terminationStatus)
}

/// The folder of all files of this test run, removed as it ends.
private let scratch: URL = {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("vipjuggler-tests-\(getpid())")
  atexit {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("vipjuggler-tests-\(getpid())")
    try? FileManager.default.removeItem(at: folder)
  }
  return folder
}()

/// A file of one test alone.
func temporaryFile(_ name: String, _ text: String? = nil) throws -> String {
  let folder = scratch.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let file = folder.appendingPathComponent(name)
  if let text { try text.write(to: file, atomically: true, encoding: .utf8) }
  return file.path
}
