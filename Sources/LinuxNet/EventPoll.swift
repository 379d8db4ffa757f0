import CLinux
import Glibc
package import Packets

/// The descriptors that one loop waits for (epoll(7)).
package struct EventPoll: ~Copyable {
  private let descriptor: Descriptor
  private let events: UnsafeMutableBufferPointer<epoll_event>

  package init() throws(KernelError) {
    descriptor = Descriptor(
      Int32(try checkedCall("open epoll") { Int(epoll_create1(Int32(EPOLL_CLOEXEC))) }))
    clinux_exact_timers()
    events = .allocate(capacity: 64)
  }

  deinit { events.deallocate() }

  /// Waits for `descriptor` to become readable; `tag` comes back when it has.
  package func add(_ watched: Descriptor, tag: UInt64) throws(KernelError) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = tag
    try checkedCall("watch a descriptor") {
      Int(epoll_ctl(descriptor.rawValue, EPOLL_CTL_ADD, watched.rawValue, &event))
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
