import ArgumentParser
import Foundation
import LinuxNet
import NamespaceLab
import NodeAgent
import RunControl
import TopologyModel

/// Which kernel runs the lab.
enum KernelChoice: String, CaseIterable, ExpressibleByArgument {
  /// This machine's, or the lab kernel where this one lacks something.
  case auto
  case host
  case uml
}

/// What a lab is built on: the right to make namespaces, and what the kernel can do of what the
/// topology asks.
struct Ground {
  let topology: Topology
  let interruption: Interruption
  /// Why a path cannot run, by its name.
  private(set) var skipped: [String: String]
  /// Why the lab cannot be built at all.
  private let obstacle: String?
  private let isRootless: Bool

  /// The ground on this machine's own kernel.
  init(_ topology: Topology) throws {
    self.topology = topology
    interruption = try Interruption()
    isRootless = try Privilege.acquire()
    let preflight = try Preflight(topology)
    skipped = preflight.skipped
    obstacle = preflight.obstacle
  }

  /// The ground that machines of their own stand on is theirs.
  private init(hosts topology: Topology, _ interruption: Interruption) {
    self.topology = topology
    self.interruption = interruption
    (skipped, obstacle, isRootless) = ([:], nil, false)
  }

  /// The ground on the kernel that `choice` and the topology come to. Where that is the lab kernel,
  /// the whole command runs in it, and this process ends as it does.
  init(_ topology: Topology, on choice: KernelChoice, writing files: [String]) throws {
    if topology.isOnHosts {
      guard choice != .uml else {
        throw Failure(
          message:
            "--kernel uml: the nodes of \(topology.name) are machines with kernels of their own",
          code: .validationFailure)
      }
      self.init(hosts: topology, try Interruption())
      return
    }
    if choice == .uml && !LabKernel.isInside {
      try Ground.moveToLabKernel(topology, files, Interruption())
    }
    try self.init(topology)
    skipped.merge(Ground.missingRoot(for: topology)) { lack, _ in lack }
    if choice == .auto, !LabKernel.isInside, !skipped.isEmpty {
      if let missing = LabKernel.missing {
        skipped = skipped.mapValues { "\($0); \(missing)" }
      } else {
        try Ground.moveToLabKernel(topology, files, interruption)
      }
    }
    // Another kernel would not have it, either.
    skipped = Ground.addMissingPrograms(to: skipped, for: topology)
  }

  /// Why paths cannot run whose programs ask who they are: an ordinary user is root in the lab kernel alone.
  static func missingRoot(for topology: Topology) -> [String: String] {
    guard geteuid() != 0 else { return [:] }
    let variants = topology.paths.flatMap(\.variants).filter { $1.failover.method == .ocf }
    return Dictionary(
      variants.map { ($0.name, "OCF resource agents ask for root; take --kernel uml") }
    ) { lack, _ in lack }
  }

  /// Why paths cannot run, with the programs that are not there.
  static func addMissingPrograms(
    to skipped: [String: String], for topology: Topology
  ) -> [String: String] {
    var all = skipped
    for (name, path) in topology.paths.flatMap(\.variants) {
      guard let missing = DaemonProgram.missing(for: path) else { continue }
      all[name] = [all[name], missing].compactMap(\.self).joined(separator: "; ")
    }
    return all
  }

  /// A lab that `exec` and `shell` find.
  func openLab(isMeasured: Bool = true) throws -> Lab {
    guard !topology.isOnHosts else {
      throw Failure(
        message: "the nodes of \(topology.name) are machines of their own, not a lab's: `check`, "
          + "`compare`, `juggle` and `down` reach them", code: .validationFailure)
    }
    let door = try LabDoor.reserve()
    let lab = try makeLab(topology, isMeasured: isMeasured)
    LabDoor.open(door, to: lab, isRootless: isRootless)
    return lab
  }

  /// A lab of `topology`, which asks for no more of the kernel than the ground's own does.
  func makeLab(_ topology: Topology, isMeasured: Bool = true) throws -> Lab {
    if let obstacle { throw Failure(message: obstacle, code: .missingFeature) }
    let estimate = try LabEstimate(
      topology, skipping: Set(skipped.keys), isMeasured: isMeasured, on: .current())
    if let refusal = estimate.refusal {
      throw Failure(message: "no lab of \(topology.name) here: \(refusal)", code: .failure)
    }
    OpenFileLimit.raise()
    let lab = try Lab(topology)
    try lab.startControlPlanes()
    return lab
  }

  private static func moveToLabKernel(
    _ topology: Topology, _ files: [String], _ interruption: Interruption
  ) throws -> Never {
    if let missing = LabKernel.missing { throw Failure(message: missing, code: .missingFeature) }
    let here = FileManager.default.currentDirectoryPath
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let arguments = Array(CommandLine.arguments.dropFirst())
    let passed = ["PATH", "NO_COLOR", "TERM", "TZ", "LANG", "OCF_ROOT", "OCF_RA_PATH", "HA_BIN"]
    var environment = ProcessInfo.processInfo.environment.filter { passed.contains($0.key) }
    environment[LabKernel.kindVariable] = LabKernel.kind
    environment[Console.widthsVariable] = Console.widths
    let job = LabKernelJob(
      command: [own] + arguments, environment: environment, folder: here,
      readable: Ground.hiddenFolders([here] + ([own] + arguments).map(Ground.folder)),
      writable: files.map(Ground.folder))
    let made = Ground.makeFolders(job.writable)
    defer {
      for folder in made { rmdir(folder) }
      Console.endIfRefused()
    }
    let door = try LabDoor.openToLabKernel(LabDoor.reserve(), topology: topology.name)
    let code = try Console.measuring {
      try LabKernel.run(
        job, guest: own, interruption: interruption,
        streams: LabKernel.Streams(output: Console.relayOutput, errors: Console.relayErrors),
        door: door)
    }
    throw ExitCode(code)
  }

  /// Makes those of `folders` that are not there, for the lab kernel to write through; the innermost
  /// first, what was made.
  private static func makeFolders(_ folders: [String]) -> [String] {
    var made: [String] = []
    for folder in folders {
      var missing: [String] = []
      var place = URL(fileURLWithPath: folder)
      while !FileManager.default.fileExists(atPath: place.path) {
        missing.append(place.path)
        place.deleteLastPathComponent()
      }
      // What cannot be made is told of where it is written to.
      for folder in missing.reversed() where mkdir(folder, 0o777) == 0 {
        made.insert(folder, at: 0)
      }
    }
    return made
  }

  /// The folder that `file` lies in.
  private static func folder(_ file: String) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().standardizedFileURL.path
  }

  /// Those of `folders` that lie where the lab kernel has fresh ones of its own.
  private static func hiddenFolders(_ folders: [String]) -> [String] {
    let fresh = ["/tmp/", "/run/"]
    return Set(folders.filter { folder in fresh.contains { (folder + "/").hasPrefix($0) } })
      .sorted()
  }
}
