import FailoverMethods
import Foundation
import Glibc
import LinuxNet
import Packets
import TopologyModel

/// The agent of one resource at one server, and what it is told by its environment (OCF resource agent API
/// 1.1, "Environment variables").
struct ResourceAgent {
  private let path: String?
  private let environment: [String: String]
  private let resource: ClusterResource

  private static let standardPath = "/usr/sbin:/usr/bin:/sbin:/bin"

  private static var ownFolder: String {
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return own.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? "/usr/bin"
  }

  /// Where agents are, unless `OCF_ROOT` says so.
  private static let standardRoot = "/usr/lib/ocf"

  /// `number` tells the resource from others of the same type.
  init(_ resource: ClusterResource, number: Int, at place: [PlaceVariable: String]) {
    self.resource = resource
    path = ResourceAgent.path(of: resource.agent)
    var told = ProcessInfo.processInfo.environment
    // This program is found, too, from wherever it was started.
    told["PATH"] = [told["PATH"] ?? ResourceAgent.standardPath, ResourceAgent.ownFolder]
      .joined(separator: ":")
    told["OCF_ROOT"] = ResourceAgent.root
    told["OCF_RA_VERSION_MAJOR"] = "1"
    told["OCF_RA_VERSION_MINOR"] = "1"
    told["OCF_RESOURCE_INSTANCE"] =
      number == 0 ? resource.agent.type : "\(resource.agent.type)-\(number)"
    told["OCF_RESOURCE_PROVIDER"] = resource.agent.provider
    told["OCF_RESOURCE_TYPE"] = resource.agent.type
    told["OCF_RESKEY_CRM_meta_on_node"] = place[.node]
    for (name, value) in resource.parameters {
      told["OCF_RESKEY_\(name)"] = PlaceVariable.filling(value, with: place)
    }
    environment = told
  }

  private static var root: String {
    ProcessInfo.processInfo.environment["OCF_ROOT"] ?? standardRoot
  }

  /// The folders that agents are looked for in, by their providers: `OCF_RA_PATH`, or those of packages and of
  /// `make install`.
  private static var folders: [String] {
    let told = ProcessInfo.processInfo.environment["OCF_RA_PATH"].map {
      $0.split(separator: ":").map(String.init)
    }
    return (told ?? []) + ["\(root)/resource.d", "/usr/local/lib/ocf/resource.d"]
  }

  /// Where it may be, in the order of looking.
  private static func places(of agent: ClusterResource.AgentName) -> [String] {
    folders.map { "\($0)/\(agent.provider)/\(agent.type)" }
  }

  private static func path(of agent: ClusterResource.AgentName) -> String? {
    places(of: agent).first { access($0, X_OK) == 0 }
  }

  /// What has to be there first; `nil` when it is.
  static func missing(_ agent: ClusterResource.AgentName) -> String? {
    guard path(of: agent) == nil else { return nil }
    if let file = places(of: agent).first(where: { access($0, F_OK) == 0 }) {
      return "the OCF resource agent \(agent) is no program: `chmod +x \(file)`"
    }
    let others = folders.map { "\($0)/\(agent.provider)" }.flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { !$0.hasPrefix(".") && access("\(folder)/\($0)", X_OK) == 0 }
    }
    let meant = nearest(to: agent.type, among: Set(others).sorted()).map {
      "; did you mean ocf:\(agent.provider):\($0)? If not"
    }
    return "there is no OCF resource agent \(agent) in \(folders.joined(separator: ", "))"
      + "\(meant ?? ""): `apt-get install resource-agents`, or name its folder in OCF_RA_PATH"
  }

  /// What of this process's environment agents heed, besides where programs are.
  static var inherited: [String: String] {
    ProcessInfo.processInfo.environment.filter {
      ["OCF_ROOT", "OCF_RA_PATH", "OCF_FUNCTIONS_DIR"].contains($0.key) || $0.key.hasPrefix("HA_")
    }
  }

  /// A monitor that recurs is told how often.
  func begin(_ action: ResourceAction, isProbe: Bool) throws(KernelError) -> Errand {
    guard let path else {
      throw KernelError("find \(resource.agent)", code: ENOENT)
    }
    var told = environment
    told["OCF_RESKEY_CRM_meta_name"] = action.rawValue
    told["OCF_RESKEY_CRM_meta_timeout"] = milliseconds(resource.timeout(of: action))
    told["OCF_RESKEY_CRM_meta_interval"] =
      action == .monitor && !isProbe ? milliseconds(resource.monitorEvery) : "0"
    return try Errand(path, [action.rawValue], environment: told)
  }

  private func milliseconds(_ span: TimeSpan) -> String { "\(span.nanoseconds / 1_000_000)" }

  /// Why it failed, as it says itself, or the last that it said (`ocf_exit_reason`).
  static func reason(in lines: [String]) -> String {
    let prefix = "ocf-exit-reason:"
    let reason = lines.last { $0.hasPrefix(prefix) }
    return reason.map { String($0.dropFirst(prefix.count)) } ?? lines.last ?? ""
  }
}
