import ArgumentParser
import Foundation
import Records
import Reports

struct JudgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Judge a run again from what its nodes observed.",
    discussion: """
      Reads a file that `compare --journal` wrote and gives the same record and report as the run did, \
      on any machine.
      """)

  @Argument(
    help: "The journal; - for standard input.", completion: .file(extensions: ["jsonl"]))
  var journal: String

  @Flag(help: "Of a journal that is not whole, judge the transitions that are.")
  var partial = false

  @Option(help: ArgumentHelp("Write the results as JSON.", valueName: "file"))
  var json: String?

  @OptionGroup(title: "Reports") var reports: ReportFiles

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs<Exhibit>(json: json, reports)
      try outputs.protect([journal])
      let exhibit = Exhibit(try judge())
      try outputs.write(exhibit)
    }
  }

  private func judge() throws -> RunRecord {
    let verdict: JournalJudge.Verdict
    do {
      verdict = try JournalJudge.judge(
        Data(InputFile.read(journal, takesDash: true, upTo: InputFile.run)))
    } catch let mistake as JournalJudge.Mistake {
      throw Failure(message: "\(journal):\(mistake)", code: .badInput)
    }
    guard let mistake = verdict.mistake else { return verdict.run }
    guard partial else {
      throw Failure(
        message: "\(journal):\(mistake); --partial judges what comes before", code: .badInput)
    }
    Console.complain("\(journal):\(mistake); judged is what comes before")
    return verdict.run
  }
}
