import ArgumentParser
import Foundation
import Reports

/// Reports of something and the files they go to, which are checked before anything is measured.
struct ReportOutputs<Content> {
  private typealias Output = (path: String, file: OutputFile, render: (Content) throws -> Data)

  private var outputs: [Output] = []
  private let isLive: Bool

  /// What `isLive` writes lines to standard output as it goes.
  init(isLive: Bool = false) { self.isLive = isLive }

  /// Another report, where a file is named for it.
  mutating func add(_ path: String?, _ render: @escaping (Content) throws -> Data) throws {
    guard let path else { return }
    if path == OutputFile.standard, isLive {
      throw Failure(
        message: "\(path): standard output has the live lines already; name a file",
        code: .validationFailure)
    }
    if let other = outputs.first(where: { OutputFile.areSame($0.path, path) }) {
      throw Failure(
        message: "\(path): two reports cannot go to one file (\(other.path))",
        code: .validationFailure)
    }
    outputs.append((path, try OutputFile(path), render))
  }

  /// Refuses to write over one of `inputs`.
  func protect(_ inputs: [String]) throws {
    for input in inputs {
      if outputs.contains(where: { OutputFile.areSame($0.path, input) }) {
        throw Failure(
          message: "\(input): is read, so no report can go to it", code: .validationFailure)
      }
    }
  }

  /// Whether one of them goes to `path`.
  func contains(_ path: String) -> Bool {
    outputs.contains { OutputFile.areSame($0.path, path) }
  }

  var paths: [String] { outputs.map(\.path).filter { $0 != OutputFile.standard } }

  /// Prints `text`, where no report goes to standard output in its place.
  func print(_ text: @autoclosure () -> String) {
    guard !contains(OutputFile.standard) else { return }
    Console.print(styled: text())
  }

  /// Writes every file, even where another cannot be written, and then what goes to standard output: where nobody
  /// takes that the program ends.
  func write(_ content: Content, printing text: @autoclosure () -> String) throws {
    var failure: (any Error)?
    let isPrinted = { (output: Output) in output.path == OutputFile.standard }
    for output in outputs.filter({ !isPrinted($0) }) + outputs.filter(isPrinted) {
      do {
        try output.file.write(output.render(content))
      } catch {
        failure = failure ?? error
      }
    }
    print(text())
    Console.endIfRefused()
    if let failure { throw failure }
  }
}

extension ReportOutputs<Exhibit> {
  init(json: String? = nil, _ files: ReportFiles? = nil, isLive: Bool = false) throws {
    self.init(isLive: isLive)
    try add(json) { try JSONReport.encode($0.runs[0].result) }
    try add(files?.html) { Data(HTMLReport($0).render().utf8) }
    try add(files?.markdown) { Data(MarkdownReport($0).render().utf8) }
    try add(files?.prometheus) { Data(OpenMetricsReport($0.runs[0].result).render().utf8) }
  }

  func write(_ exhibit: Exhibit) throws { try write(exhibit, printing: table(exhibit)) }

  func table(_ exhibit: Exhibit) -> String {
    ComparisonText(exhibit, style: Console.outputStyle).render()
  }
}
