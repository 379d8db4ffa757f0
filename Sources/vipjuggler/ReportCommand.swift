import ArgumentParser
import Foundation
import Measurement
import Records
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show saved runs again, several side by side.")

  @Argument(
    help: "Files that --json wrote; - for standard input.", completion: .file(extensions: ["json"]))
  var runs: [String]

  @OptionGroup var reports: ReportFiles

  func validate() throws {
    if runs.count > 1 && reports.prometheus != nil {
      throw ValidationError("--prometheus takes one run; \(runs.count) are given")
    }
  }

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs<Exhibit>(reports)
      try outputs.protect(runs)
      let exhibit = Exhibit(try runs.map { Exhibit.Run(title: $0, result: try read($0)) })
      try outputs.write(exhibit)
    }
  }

  private func read(_ path: String) throws -> RunRecord {
    let data = Data(try InputFile.read(path, takesDash: true, upTo: InputFile.run))
    do {
      return try JSONReport.decode(data)
    } catch {
      throw Failure(message: "\(path): \(error)", code: .badInput)
    }
  }
}
