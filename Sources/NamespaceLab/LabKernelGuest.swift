import Foundation
import LinuxNet

/// The first process of the lab kernel: makes the machine ready, runs the job as a child, tells how
/// it ended and powers off.
package enum LabKernelGuest {
  /// Whether this process is one.
  package static var isFirstProcess: Bool { getpid() == 1 && job != nil }

  private static var job: LabKernelJob? {
    ProcessInfo.processInfo.environment[LabKernelJob.variable].flatMap(LabKernelJob.init(encoded:))
  }

  package static func run() -> Never {
    do {
      try Machine.mount("proc", on: "/proc")
      try Machine.mount("devtmpfs", on: "/dev")
      let state = try StreamEnd.rawTerminal(LabKernel.Line.state.device)
      let code = job.map { attempt($0, state) } ?? 1
      state.write(Array("\nexit \(code)\n".utf8))
      state.drain()
    } catch {
      // The console is the lab kernel's log: it is shown when no exit code came.
      print("vipjuggler: \(error)")
    }
    Machine.powerOff()
  }

  private static func attempt(_ job: LabKernelJob, _ state: StreamEnd) -> Int32 {
    do {
      let output = try StreamEnd.rawTerminal(LabKernel.Line.output.device)
      let errors = try StreamEnd.rawTerminal(LabKernel.Line.errors.device)
      let control = try StreamEnd.rawTerminal(LabKernel.Line.control.device)
      let calls = try StreamEnd.rawTerminal(LabKernel.Line.calls.device)
      let sessions = GuestSessions(
        try StreamEnd.rawTerminal(LabKernel.Line.sessions.device))
      try prepare(job)
      let child = try ChildProcess(
        job.command[0], Array(job.command.dropFirst()), environment: job.environment,
        descriptors: [
          try StreamEnd.null().descriptor, output.descriptor, errors.descriptor,
        ])
      Thread.detachNewThread { attend(child, control, state) }
      Thread.detachNewThread { sessions.serve(calls) }
      Thread.detachNewThread { while true { Orphans.bury() } }
      let code = child.wait()
      output.drain()
      errors.drain()
      return code
    } catch {
      FileHandle(forWritingAtPath: LabKernel.Line.errors.device)?
        .write(Data("vipjuggler: lab kernel: \(error)\n".utf8))
      return 1
    }
  }

  /// Says each second that the guest is alive, and passes interruptions on.
  private static func attend(_ child: ChildProcess, _ control: StreamEnd, _ state: StreamEnd) {
    while true {
      state.write([UInt8(ascii: ".")])
      if control.isReadable(within: LabKernel.aliveInterval) {
        _ = control.read()
        child.signal(SIGINT)
      }
    }
  }

  /// Fresh /run and /tmp, the folders the job needs, the modules of a lab.
  private static func prepare(_ job: LabKernelJob) throws {
    // Everybody is root here already. And in a user namespace of the machine, root's programs look
    // like somebody else's: mount(8) and ping(8) would become him.
    try Machine.ignoreSetUserID()
    try Machine.mount("sysfs", on: "/sys")
    try Machine.mount("devpts", on: "/dev/pts")
    for folder in ["/run", "/tmp"] { try Machine.mount("tmpfs", on: folder) }
    for folder in job.readable {
      try Machine.mount("hostfs", on: folder, options: folder, isReadOnly: true)
    }
    for folder in job.writable { try Machine.mount("hostfs", on: folder, options: folder) }
    try loadModules()
    try NeighbourTable.makeRoom(for: LabKernel.mostNeighbours)
    try OpenFileLimit.allow(LabKernel.mostDescriptors)
    guard FileManager.default.changeCurrentDirectoryPath(job.folder) else {
      throw KernelError("change to \(job.folder)", code: errno)
    }
  }

  /// `ipv6` first: the tunnels' modules need it and are refused without.
  private static let modules = [
    "ipv6", "bridge", "veth", "vxlan", "geneve", "8021q", "sch_netem", "sch_tbf", "nf_tables",
    "nft_meta_bridge",
  ]

  private static func loadModules() throws {
    let root = "/run/modules"
    Machine.makeFolder(root + "/lib")
    try FileManager.default.createSymbolicLink(
      atPath: root + "/lib/modules", withDestinationPath: LabKernel.modules)
    let null = try StreamEnd.null()
    for module in modules {
      // One that is built in, or missing, shows when it is used.
      _ = try ChildProcess(
        LabKernel.modprobe, ["-q", "-d", root, module], environment: [:],
        descriptors: Array(repeating: null.descriptor, count: 3)
      ).wait()
    }
  }
}
