import CLinux
import Glibc

/// A program that outlives this one, in a session of its own, deaf to hang-ups and Ctrl-C.
package enum DetachedProcess {
  /// Starts this program itself once more, with other arguments. `descriptors` become its descriptors
  /// from 0 on; it gets no others.
  package static func startSelf(
    _ arguments: [String], descriptors: [Descriptor]
  ) throws(KernelError) {
    var argumentPointers = (["vipjuggler"] + arguments).map { strdup($0) } + [nil]
    var environmentPointers: [UnsafeMutablePointer<CChar>?] = [nil]
    defer { for pointer in argumentPointers { free(pointer) } }
    let numbers = descriptors.map(\.rawValue)
    try checked(
      clinux_detach(
        "/proc/self/exe", &argumentPointers, &environmentPointers, numbers, Int32(numbers.count)),
      "start a watcher")
    withExtendedLifetime(descriptors) {}
  }
}
