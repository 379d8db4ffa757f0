import Foundation
import Glibc
import LinuxNet

/// What a run changed on a host, as it is kept until it is undone.
enum UndoFile {
  /// The links of this program's runs have aliases that begin with it.
  static let prefix = "vipjuggler:"

  static func tag(ofRun run: UInt64) -> String {
    let digits = String(run, radix: 16)
    return prefix + String(repeating: "0", count: max(0, 16 - digits.count)) + digits
  }

  /// Whose changes they are.
  struct Header: Codable {
    var tag: String
    /// The network that was changed, and the start of the machine since which it is there.
    var network: String
    var boot: String

    init(tag: String) {
      self.tag = tag
      network = Namespace.currentIdentity
      boot = Machine.bootIdentity
    }
  }

  enum Line: Codable {
    case begun(Header, path: String)
    case step(UndoStep)
  }

  /// Gone with the machine's end, as the changes are, where the user has such a folder.
  static var folder: String {
    if geteuid() == 0 { return "/run/vipjuggler" }
    let environment = ProcessInfo.processInfo.environment
    return (environment["XDG_RUNTIME_DIR"] ?? "/tmp") + "/vipjuggler-\(geteuid())"
  }

  static func make(tag: String, node: String) throws(KernelError) -> LockedFile {
    try PrivateFolder.make(folder)
    let name = "\(tag.dropFirst(prefix.count))-\(node)-\(getpid())"
    return try LockedFile(making: "\(folder)/\(name)")
  }

  /// What a file holds, as far as it was written.
  static func read(_ path: String) -> (header: Header, steps: [UndoStep])? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let decoder = JSONDecoder()
    let lines = data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? decoder.decode(Line.self, from: Data($0))
    }
    guard case .begun(let header, _)? = lines.first else { return nil }
    return (
      header,
      lines.dropFirst().compactMap { if case .step(let step) = $0 { step } else { nil } }
    )
  }

  /// Undoes what runs left behind that nobody holds any longer; what was found of each run, and what became
  /// of it.
  static func sweep() throws -> [String] {
    var found: [String] = []
    var living: Set<String> = []
    var swept: Set<String> = []
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names.sorted() {
      let (tag, path) = (prefix + name.prefix { $0 != "-" }, "\(folder)/\(name)")
      // Another network's, of a container that shares the folder, is not even locked.
      if let (header, _) = read(path), header.boot == Machine.bootIdentity,
        header.network != Namespace.currentIdentity
      {
        continue
      }
      guard let file = try? LockedFile(existing: path) else {
        if living.insert(tag).inserted, read(path)?.steps.isEmpty == false {
          found.append("\(tag) is under way: its changes are left as they are")
        }
        continue
      }
      guard let (header, steps) = read(path), header.boot == Machine.bootIdentity else {
        file.remove()
        continue
      }
      let left = UndoStep.perform(steps, tag: header.tag)
      if left.isEmpty { file.remove() }
      let done = steps.count - left.count
      if done > 0 { found.append("\(tag): \(done == 1 ? "a change" : "\(done) changes") removed") }
      found += left.map { "\(tag): not removed: \($0)" }
      swept.insert(tag)
    }
    // Of a run whose list is another user's or a container's, it is not known whether it is over.
    for link in try NetlinkSocket().links() {
      guard let alias = link.alias, alias.hasPrefix(prefix), !swept.contains(alias),
        !living.contains(alias)
      else { continue }
      found.append("\(alias): its list is not here: if it is over, `ip link delete \(link.name)`")
    }
    return found
  }
}
