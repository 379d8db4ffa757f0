import Foundation
package import LinuxNet
import NIOCore
import NIOHTTP1
import NIOPosix
package import Packets
import Synchronization

/// A `RobotService` at a TCP port.
package final class RobotServer: Sendable {
  private let service: Mutex<RobotService>
  private let tell: @Sendable (News) -> Void
  private let loop: any EventLoop
  private let group: MultiThreadedEventLoopGroup

  /// What happens there.
  package enum News: Hashable, Sendable {
    case answered(method: String, path: String, client: String, status: Int)
    /// A request that gets no answer.
    case kept(method: String, path: String, client: String)
    case moved(RobotService.Move)
  }

  package init(_ service: RobotService, tell: @escaping @Sendable (News) -> Void) {
    self.service = Mutex(service)
    self.tell = tell
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    loop = group.next()
  }

  /// Listens from now on, in the namespace of the calling thread; the port that it has, which the kernel chooses
  /// where 0 is asked for. Who asks there is known by his address, unless it is `client` alone.
  package func listen(
    at address: IPAddress, port: UInt16, to client: String? = nil
  ) throws(KernelError) -> UInt16 {
    do {
      let channel = try ServerBootstrap(group: loop)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(
              Conversation(self, client: client ?? channel.remoteAddress?.ipAddress))
          }
        }.bind(host: "\(address)", port: Int(port)).wait()
      return UInt16(channel.localAddress?.port ?? 0)
    } catch {
      let code = (error as? IOError)?.errnoCode ?? EINVAL
      throw KernelError("listen at \(address) port \(port)", code: code)
    }
  }

  /// Begins anew; what it was asked until now.
  package func restart() -> RobotService.Tally {
    service.withLock { service in
      defer { service.restart() }
      return service.tally
    }
  }

  /// Ends every connection, and waits for that.
  package func close() { try? group.syncShutdownGracefully() }

  fileprivate func answer(_ request: RobotRequest) -> RobotAnswer {
    let (answer, deadline) = service.withLock { service in
      let answer = service.answer(request, at: WallClock.now)
      return (answer, service.nextDeadline)
    }
    let (method, path, client) = (request.method, request.path, request.client)
    tell(
      answer.isSilent
        ? .kept(method: method, path: path, client: client)
        : .answered(method: method, path: path, client: client, status: answer.status))
    if let deadline {
      loop.scheduleTask(in: .nanoseconds(max(0, (deadline - WallClock.now).nanoseconds))) {
        self.settle()
      }
    }
    return answer
  }

  private func settle() {
    for move in service.withLock({ $0.moves(until: WallClock.now) }) { tell(.moved(move)) }
  }

  /// The requests of one connection.
  private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: RobotServer
    private let client: String
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLong = false

    private static let longestBody = 4096

    init(_ server: RobotServer, client: String?) {
      self.server = server
      self.client = client ?? ""
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        (self.head, body, isTooLong) = (head, [], false)
      case .body(let bytes):
        isTooLong = isTooLong || body.count + bytes.readableBytes > Conversation.longestBody
        if !isTooLong { body += bytes.readableBytesView }
      case .end:
        guard let head else { return }
        respond(to: head, context)
      }
    }

    /// Of `/failover?x`, and of `http://host/failover?x`, which proxies are asked for (RFC 9112, section 3.2.2).
    private static func path(of target: String) -> String {
      var rest = Substring(target)
      if let scheme = rest.firstRange(of: "://"), !rest.hasPrefix("/") {
        rest = rest[scheme.upperBound...].drop { !"/?".contains($0) }
      }
      return String(rest.prefix { $0 != "?" })
    }

    private func respond(to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
      let parts = URLComponents(string: "?" + String(decoding: body, as: UTF8.self))
      let form = parts?.queryItems?.reduce(into: [:]) { $0[$1.name] = $1.value ?? "" }
      let path = Conversation.path(of: head.uri).removingPercentEncoding ?? ""
      let answer =
        isTooLong
        ? RobotAnswer(status: 413, body: "")
        : server.answer(
          RobotRequest(
            head.method.rawValue, path, form: form ?? [:],
            authorization: head.headers.first(name: "Authorization"), client: client))
      guard !answer.isSilent else { return }
      var headers = HTTPHeaders([
        ("Content-Type", "application/json"), ("Content-Length", "\(answer.body.utf8.count)"),
      ])
      if let location = answer.location { headers.add(name: "Location", value: location) }
      if answer.status == 401 {
        headers.add(name: "WWW-Authenticate", value: "Basic realm=\"robot\"")
      }
      if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
      let status = HTTPResponseStatus(statusCode: answer.status)
      context.write(
        wrapOutboundOut(
          .head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
        promise: nil)
      context.write(
        wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
      let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
      if !head.isKeepAlive {
        let channel = context.channel
        sent.whenComplete { _ in channel.close(promise: nil) }
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}
