import CLinux
import Glibc
package import Packets

/// The descriptors that one loop waits for (epoll(7)).
package struct EventPoll: ~Copyable {
  /// Readable when one of those waited for is ready.
  package let descriptor: Descriptor
  private let events: UnsafeMutableBufferPointer<epoll_event>

  package init() throws(KernelError) {
    descriptor = Descriptor(
      Int32(try checkedCall("open epoll") { Int(epoll_create1(Int32(EPOLL_CLOEXEC))) }))
    clinux_exact_timers()
    events = .allocate(capacity: 64)
  }

  deinit { events.deallocate() }

  /// What a descriptor is waited for to become.
  package enum Readiness {
    case readable
    case writable

    fileprivate var events: UInt32 {
      switch self {
      case .readable: EPOLLIN.rawValue
      case .writable: EPOLLOUT.rawValue
      }
    }
  }

  /// Waits for `watched` no longer.
  package func remove(_ watched: Descriptor) {
    epoll_ctl(descriptor.rawValue, EPOLL_CTL_DEL, watched.rawValue, nil)
  }

  /// Waits for `watched` to become readable; `tag` comes back when it has.
  package func add(_ watched: Descriptor, tag: UInt64) throws(KernelError) {
    try set(EPOLL_CTL_ADD, watched, .readable, tag: tag)
  }

  package func add(
    _ watched: Descriptor, until readiness: Readiness, tag: UInt64
  ) throws(KernelError) {
    try set(EPOLL_CTL_ADD, watched, readiness, tag: tag)
  }

  /// Waits for something else of a descriptor.
  package func change(
    _ watched: Descriptor, until readiness: Readiness, tag: UInt64
  ) throws(KernelError) {
    try set(EPOLL_CTL_MOD, watched, readiness, tag: tag)
  }

  private func set(
    _ operation: Int32, _ watched: Descriptor, _ readiness: Readiness, tag: UInt64
  ) throws(KernelError) {
    var event = epoll_event()
    event.events = readiness.events
    event.data.u64 = tag
    try checkedCall("watch a descriptor") {
      Int(epoll_ctl(descriptor.rawValue, operation, watched.rawValue, &event))
    }
  }

  /// Waits until a descriptor is readable, a signal interrupts or `timeout` has passed; the number
  /// of tags to be had from `tag(_:)`.
  package func wait(timeout: TimeSpan) -> Int {
    max(
      0,
      Int(
        clinux_epoll_wait(
          descriptor.rawValue, events.baseAddress, Int32(events.count),
          max(0, timeout.nanoseconds))))
  }

  package func tag(_ index: Int) -> UInt64 { events[index].data.u64 }
}
