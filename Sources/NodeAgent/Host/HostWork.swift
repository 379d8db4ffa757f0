import Dispatch
import Foundation
import Glibc
import LinuxNet
import Measurement
import Packets
import Records
import Synchronization
import TopologyModel

/// What an agent does for its controller, one question after another, on a thread of its own.
final class HostWork: Sendable {
  let output: HostOutput
  private let questions: HostQueue<(number: Int, question: HostQuestion)>
  private let engines = Mutex<[String: HostEngine]>([:])
  private let record = Mutex<UndoRecord?>(nil)
  private let isOver = Mutex(false)

  init(
    _ output: HostOutput, _ interruption: Interruption,
    _ lacking: @escaping @Sendable () -> [String: String]
  ) {
    self.output = output
    questions = HostQueue()
    Thread.detachNewThread { [self] in
      let answers = HostAnswers(self, interruption, lacking)
      while true {
        let (number, question) = questions.next()
        do {
          output.write(.reply(number: number, answer: try answers.answer(question)))
        } catch {
          output.write(.failure(number: number, reason: "\(error)"))
        }
      }
    }
  }

  /// Becomes readable when the watcher of what is to be undone has ended; `nil` before there is any.
  var watcher: Descriptor? { record.withLock { $0?.descriptor } }

  func ask(_ number: Int, _ question: HostQuestion) { questions.append((number, question)) }

  func obey(_ order: AgentOrder, on path: String) {
    engines.withLock { $0[path]?.post(order) }
  }

  /// From here on changes are noted in `record`.
  func begin(_ record: UndoRecord) throws {
    try isOver.withLock { isOver in
      guard !isOver else {
        _ = record.undo()
        throw UndoRecord.Closed()
      }
      self.record.withLock { $0 = record }
    }
  }

  func add(_ engine: HostEngine, on path: String) {
    engines.withLock { $0[path] = engine }
  }

  /// Stops the engines and undoes everything; what could not be.
  func end() -> [String] {
    isOver.withLock { $0 = true }
    for engine in engines.withLock({ $0.values.map { $0 } }) { engine.end() }
    return record.withLock { $0 }?.undo() ?? []
  }
}

/// Questions that wait for a thread.
final class HostQueue<Element: Sendable>: Sendable {
  private let waiting = Mutex<[Element]>([])
  private let isThere = DispatchSemaphore(value: 0)

  func append(_ element: Element) {
    waiting.withLock { $0.append(element) }
    isThere.signal()
  }

  /// Waits for one.
  func next() -> Element {
    isThere.wait()
    return waiting.withLock { $0.removeFirst() }
  }
}

/// The engine of one path, on a thread of its own, and what carries its reports on.
final class HostEngine: Sendable {
  private let mailbox: Mailbox
  private let thread: WorkThread
  private let node: NodeID

  init(
    _ settings: NodeEngine.Settings, _ port: PathPort, path: String, _ output: HostOutput
  ) throws(KernelError) {
    let (mailbox, reports) = (try Mailbox(), try ReportQueue())
    nonisolated(unsafe) var loop = try EngineLoop(
      [(settings, port)], mailbox: mailbox, reports: reports)
    node = port.node
    thread = try WorkThread("engines") { loop.run() }
    self.mailbox = mailbox
    _ = try WorkThread("reports") {
      while true {
        for (_, report) in reports.take(within: .seconds(1)) {
          output.write(.engine(path: path, report: report))
        }
      }
    }
  }

  func post(_ order: AgentOrder) { mailbox.post(order, to: node) }

  /// It gives the VIP up no more: whoever undoes does.
  func end() {
    mailbox.close()
    thread.join()
  }
}
