import ArgumentParser

/// The files that reports are to be written to.
struct ReportFiles: ParsableArguments {
  @Option(help: ArgumentHelp("Write a page for a browser, in one file.", valueName: "file"))
  var html: String?

  @Option(help: ArgumentHelp("Write Markdown, as for a ticket.", valueName: "file"))
  var markdown: String?

  @Option(
    help: ArgumentHelp(
      "Write OpenMetrics text for node_exporter's textfile collector.", valueName: "file"))
  var prometheus: String?
}
