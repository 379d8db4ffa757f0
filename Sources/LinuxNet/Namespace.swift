import CLinux
import Glibc

/// A network namespace held by a descriptor alone: it appears nowhere by name, and the kernel
/// removes it with everything in it when the process ends, however it ends.
package final class Namespace: Sendable {
  private let descriptor: Descriptor

  /// A new, empty namespace (`ip netns add`, without the name).
  package init() throws(KernelError) {
    descriptor = try onThread { () throws(KernelError) in
      try checked(clinux_unshare_network(), "create a network namespace")
      return Descriptor(try checked(clinux_open_network(), "open a network namespace"))
    }
  }

  private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// The one of the calling thread.
  package static func current() throws(KernelError) -> Namespace {
    Namespace(Descriptor(try checked(clinux_open_network(), "open a network namespace")))
  }

  /// What tells the one of the calling thread from all others of this machine since its start.
  package static var currentIdentity: String {
    var link = [CChar](repeating: 0, count: 64)
    let length = readlink("/proc/thread-self/ns/net", &link, link.count)
    return String(
      decoding: link.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Where other processes find it, as `nsenter --net=PATH` takes it.
  package var path: String { "/proc/\(getpid())/fd/\(descriptor.rawValue)" }

  var descriptorNumber: Int32 { descriptor.rawValue }

  /// Runs `body` in the namespace, on a thread of its own that never leaves it. A socket opened
  /// there stays in the namespace; the caller's thread never enters it.
  package func run<Result>(
    _ body: () throws(KernelError) -> Result
  ) throws(KernelError) -> Result {
    try onThread { () throws(KernelError) in
      try checked(clinux_enter_network(descriptor.rawValue), "enter a network namespace")
      return try body()
    }
  }
}

/// Runs `body` on a new thread and waits for it.
private func onThread<Output>(
  _ body: () throws(KernelError) -> Output
) throws(KernelError) -> Output {
  var outcome: Result<Output, KernelError>?
  try withoutActuallyEscaping(body) { (body) throws(KernelError) in
    nonisolated(unsafe) let work = { outcome = Result(catching: body) }
    try WorkThread("in-namespace") { work() }.join()
  }
  return try outcome!.get()
}
