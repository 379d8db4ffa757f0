import Foundation
import LinuxNet
import NamespaceLab
import TestSupport
import Testing

/// The lab kernel itself, and in it the tests that this machine's own kernel may be unable to run.
@Suite(.takesTurns) struct LabKernelTests {
  /// The bundle of all tests, as it was given to this process.
  private static let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }

  private final class Heard {
    var output = ""
    var errors = ""
  }

  private func run(
    _ command: [String], _ heard: Heard, environment: [String: String] = [:]
  ) throws -> Int32 {
    let bundle = try #require(LabKernelTests.bundle)
    let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
    let here = FileManager.default.currentDirectoryPath
    let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp"]
    return try LabKernel.run(
      LabKernelJob(
        command: command, environment: environment.merging(path) { $1 }, folder: "/",
        readable: [here, folder.path].filter { $0.hasPrefix("/tmp/") }, writable: []),
      guest: folder.appendingPathComponent("vipjuggler").path, interruption: Interruption(),
      streams: LabKernel.Streams(
        output: { heard.output += String(decoding: $0, as: UTF8.self) },
        errors: { heard.errors += String(decoding: $0, as: UTF8.self) }))
  }

  @Test(.besideOthers) func whatIsPrintedComesOutApartAndTheExitCodeToo() throws {
    try #require(LabKernel.missing == nil, "\(LabKernel.missing ?? "")")
    let heard = Heard()
    let code = try run(
      ["/bin/sh", "-c", "uname -r; echo oops >&2; touch /usr/x 2>/dev/null && echo no; exit 7"],
      heard)
    #expect(code == 7)
    #expect(heard.output.hasPrefix("6.") && heard.output.split(separator: "\n").count == 1)
    #expect(heard.errors == "oops\n")
  }

  /// As in a user namespace, where root's programs look like somebody else's.
  @Test(.besideOthers) func programsOfTheMachineStayRootInIt() throws {
    try #require(LabKernel.missing == nil)
    let heard = Heard()
    let script = "mount -t tmpfs none /mnt && grep ' / ' /proc/mounts"
    #expect(try run(["/bin/sh", "-c", script], heard) == 0, "\(heard.errors)")
    #expect(heard.output.contains("nosuid"), "\(heard.output)")
  }

  @Test(.besideOthers) func aKernelThatDiesIsToldWithItsLastWords() throws {
    try #require(LabKernel.missing == nil)
    let heard = Heard()
    let error = #expect(throws: LabKernel.Failure.self) {
      try run(["/bin/sh", "-c", "echo c > /proc/sysrq-trigger"], heard)
    }
    #expect(error?.description.contains("the lab kernel ended before its job") == true)
    #expect(error?.description.contains("its last words") == true)
  }

  @Test(.alone) func whatThisKernelMayLackIsTestedInIt() throws {
    try #require(LabKernel.missing == nil)
    let heard = Heard()
    let bundle = try #require(LabKernelTests.bundle)
    let code = try run(
      [bundle, "--testing-library", "swift-testing", "--filter", "GENEVETests"], heard,
      environment: ["NO_COLOR": "1"])
    #expect(code == 0, "\(heard.output)\(heard.errors)")
    let said = heard.output + heard.errors
    #expect(said.contains("Test run with 9 tests in 1 suite passed"), "\(said)")
  }
}
