import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// A path written for production.
  @Suite(.besideOthers) struct ExportCommandTests {
    private let topology = Program.topology("two-node")

    @Test func oneFileOfOneNodeIsPrintedAsItIs() throws {
      let outcome = try Program.run(
        "export", topology, "--path", "vxlan", "--as", "ifupdown2", "--node", "bravo")
      #expect(outcome.code == 0)
      #expect(outcome.output.hasPrefix("# vxlan of two-node at bravo: VXLAN 42, UDP port 4789"))
      #expect(outcome.output.contains("\n    vxlan-remoteip 10.0.1.20\n"))
      #expect(outcome.output.contains("# Not expressed: "))
    }

    @Test func everyNodeGetsAFolder() throws {
      let folder = try temporaryFile("out")
      let outcome = try Program.run(
        "export", topology, "--path", "geneve", "--as", "networkd", "--output", folder)
      #expect(outcome.code == 0, "\(outcome.error)")
      let nodes = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(nodes == ["alpha", "bravo", "client"])
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/alpha").sorted()
      #expect(
        files == [
          "50-geneve-bravo.netdev", "50-geneve-bravo.network", "50-geneve-client.netdev",
          "50-geneve-client.network", "50-geneve.netdev", "50-geneve.network",
          "vipjuggler-geneve-rest.service", "vipjuggler-geneve-rest.sh",
        ])
      #expect(
        FileManager.default.isExecutableFile(atPath: folder + "/alpha/vipjuggler-geneve-rest.sh"))
      let text = try String(contentsOfFile: folder + "/alpha/50-geneve.netdev", encoding: .utf8)
      #expect(text.contains("Not expressed: static entries of the bridge"))
      #expect(outcome.output.split(separator: "\n").count == 24)
      let servers = try Program.run("export", topology, "--path", "native", "--as", "keepalived")
      #expect(servers.output.contains("### alpha/") && !servers.output.contains("### client/"))
    }

    @Test func whatIsThereIsWrittenOverOnlyWhenToldTo() throws {
      let folder = try temporaryFile("out")
      let export = ["export", topology, "--path", "vxlan", "--as", "script", "--output", folder]
      #expect(try Program.run(export).code == 0)
      // Twice the same is no loss.
      #expect(try Program.run(export).code == 0)
      let name = folder + "/bravo/vipjuggler-vxlan.sh"
      try Data("mine\n".utf8).write(to: URL(fileURLWithPath: name))
      let refused = try Program.run(export)
      #expect(refused.code == 1)
      #expect(refused.error.contains("\(name) is there and says something else"))
      #expect(try String(contentsOfFile: name, encoding: .utf8) == "mine\n")
      #expect(try Program.run(export + ["--force"]).code == 0)
      #expect(try String(contentsOfFile: name, encoding: .utf8).hasPrefix("#!/bin/sh\n"))
    }

    /// `sh` takes it from the pipe.
    @Test func aScriptIsPrintedWithoutItsUnit() throws {
      let outcome = try Program.run(
        "export", topology, "--path", "vxlan", "--as", "script", "--node", "alpha")
      #expect(outcome.output.hasPrefix("#!/bin/sh\n") && !outcome.output.contains("[Unit]"))
      #expect(outcome.error.contains("--output writes the unit"))
    }

    @Test(arguments: [
      (["--path", "vxlna", "--as", "script"], "no path `vxlna`; there is `native`, `vxlan`"),
      (["--path", "native", "--as", "script"], "path `native` is native"),
      (["--path", "geneve", "--as", "ifupdown2"], "ifupdown2 has no GENEVE; --as script"),
      (["--path", "vxlan", "--as", "script", "--node", "x"], "node `x` takes no part in path"),
      (["--path", "vxlan", "--as", "keepalived", "--node", "client"], "`client` never holds"),
      (["--path", "vxlan", "--as", "netplan"], "The value 'netplan' is invalid"),
    ])
    func whatCannotBeExportedIsRefused(arguments: [String], text: String) throws {
      let outcome = try Program.run(["export", topology] + arguments)
      #expect(outcome.code == 64)
      #expect(outcome.error.contains(text), "\(outcome.error)")
      #expect(outcome.output.isEmpty)
    }

    @Test func aFolderThatCannotBeWrittenIsSaid() throws {
      let outcome = try Program.run(
        "export", topology, "--path", "vxlan", "--as", "script", "--output", "/dev/null/x")
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("/dev/null/x"))
    }
  }
}
