import ArgumentParser
import Foundation
import Reports

/// Reports and the files they go to, which are checked before anything is measured.
struct ReportOutputs {
  private typealias Output = (path: String, file: OutputFile, render: (Exhibit) throws -> Data)

  private var outputs: [Output] = []
  private let isLive: Bool

  /// What `isLive` writes lines to standard output as it goes.
  init(json: String? = nil, _ files: ReportFiles? = nil, isLive: Bool = false) throws {
    self.isLive = isLive
    try add(json) { try JSONReport.encode($0.runs[0].result) }
    try add(files?.html) { Data(HTMLReport($0).render().utf8) }
    try add(files?.markdown) { Data(MarkdownReport($0).render().utf8) }
    try add(files?.prometheus) { Data(OpenMetricsReport($0.runs[0].result).render().utf8) }
  }

  private mutating func add(
    _ path: String?, _ render: @escaping (Exhibit) throws -> Data
  ) throws {
    guard let path else { return }
    if path == OutputFile.standard, isLive {
      throw Failure(
        message: "\(path): standard output has the live lines already; name a file",
        code: .validationFailure)
    }
    if let other = outputs.first(where: { ReportOutputs.areSame($0.path, path) }) {
      throw Failure(
        message: "\(path): two reports cannot go to one file (\(other.path))",
        code: .validationFailure)
    }
    outputs.append((path, try OutputFile(path), render))
  }

  /// Refuses to write over one of `inputs`.
  func protect(_ inputs: [String]) throws {
    for input in inputs {
      if outputs.contains(where: { ReportOutputs.areSame($0.path, input) }) {
        throw Failure(
          message: "\(input): is read, so no report can go to it", code: .validationFailure)
      }
    }
  }

  /// Whether one of them goes to `path`.
  func contains(_ path: String) -> Bool {
    outputs.contains { ReportOutputs.areSame($0.path, path) }
  }

  static func areSame(_ first: String, _ second: String) -> Bool {
    let paths = [first, second].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    return paths[0] == paths[1] && paths[0] != "/dev/null"
  }

  var paths: [String] { outputs.map(\.path).filter { $0 != OutputFile.standard } }

  /// Prints the table, where no report goes to standard output in its place.
  func printTable(_ exhibit: Exhibit) {
    guard !contains(OutputFile.standard) else { return }
    Console.print(ComparisonText(exhibit, style: Console.outputStyle).render())
  }

  /// Writes every file, even where another cannot be written.
  func write(_ exhibit: Exhibit) throws {
    var failure: (any Error)?
    for output in outputs {
      do {
        try output.file.write(output.render(exhibit))
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }
}
