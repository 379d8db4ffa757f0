import Foundation
import Records
import Testing

/// The schemas in `docs` are what the types say; `make schema` writes them.
@Suite struct SchemaTests {
  /// What `--json` writes.
  struct Document: Sendable {
    var file: String
    var type: any (Decodable & Sendable).Type
    var name: String
    var schema: String
    var title: String
  }

  private static let documents = [
    Document(
      file: "run-1.schema.json", type: RunRecord.self, name: "run_record", schema: RunRecord.schema,
      title: "A run of vipjuggler, as --json writes it"),
    Document(
      file: "frontier-1.schema.json", type: FrontierRecord.self, name: "frontier_record",
      schema: FrontierRecord.schema, title: "What `vipjuggler frontier` found, as --json writes it"),
  ]

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs")

  /// What a name and a type do not say.
  private static let descriptions = [
    "run_record.interrupted": "Whether it was ended before all that was asked for was measured.",
    "path_record.segment":
      "The segment it lies on; it is compared with the first native path there.",
    "path_record.latency_missing": "Why there is no latency though it was asked for.",
    "path_record.bandwidth_missing": "Why there is no bandwidth though it was asked for.",
    "transition_record.disturbance":
      "What it began with; null in files of a version that knew schedules only.",
    "transition_record.void_reason": "Why it says nothing of the path; null where it does.",
    "prober_record.decider":
      "The router before it, where that one's neighbour entry decides where its packets go.",
    "prober_record.takeover_ns": "A span, from the scheduled instant on.",
    "probe_run.misdirected_to": "With neither name the probes were lost.",
    "announcement_response.entry_age_ns": "How long the entry had stood as it was.",
    "announcement_response.heeded": "Whether it named the new holder at once.",
    "frontier_cell.detection_limit_ns":
      "Without a word, until the server of the lower priority takes the VIP.",
    "frontier_cell.simulated": "Null where the daemon is not of this program.",
    "frontier_figures.void": "Transitions that the machine has spoiled.",
    "event_rate.per_hour_ci95": "The exact limits of a Poisson distribution.",
    "path_summary.takeover_p50_ns": "Null where half of the transitions never got there.",
  ]

  private func schema(of document: Document) throws -> Data {
    let outline = SchemaOutline(descriptions: SchemaTests.descriptions)
    var schema = try outline.object(document.type, document.name)
    var properties = try #require(schema["properties"] as? [String: [String: Any]])
    properties["schema"] = ["const": document.schema]
    schema["properties"] = properties
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = document.title
    schema["description"] =
      "Fields are added, never renamed: readers are to ignore what they do not know."
    var definitions = outline.definitions
    definitions["instant"] = [
      "description": "Nanoseconds since the Unix epoch.", "type": "integer", "minimum": 0,
    ]
    definitions["span"] = ["description": "Nanoseconds.", "type": "integer"]
    definitions["interval95"] = [
      "description": "The 95 % confidence interval, low and high.", "type": "array",
      "prefixItems": [["type": "number"], ["type": "number"]], "minItems": 2, "maxItems": 2,
    ]
    schema["$defs"] = definitions
    return try JSONSerialization.data(
      withJSONObject: schema, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      + Data("\n".utf8)
  }

  @Test(arguments: documents) func theSchemaIsWhatTheTypesSay(document: Document) throws {
    let made = try schema(of: document)
    let file = SchemaTests.folder.appendingPathComponent(document.file)
    if ProcessInfo.processInfo.environment["UPDATE_EXPECTED"] != nil { try made.write(to: file) }
    #expect(
      try Data(contentsOf: file) == made,
      "docs/\(document.file) differs from the types: `make schema` writes it anew")
  }
}
