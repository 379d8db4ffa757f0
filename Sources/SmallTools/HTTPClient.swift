package import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import Packets

/// One request and its answer (RFC 9110), with nothing kept between two.
package enum HTTPClient {
  package struct Reply: Hashable, Sendable {
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8] = []) {
      self.status = status
      self.body = body
    }
  }

  /// Why there is no answer.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
    /// Whether nobody took the connection in.
    package var isUnheard = false

    package init(description: String, isUnheard: Bool = false) {
      self.description = description
      self.isUnheard = isUnheard
    }
  }

  /// Why nothing can be asked at a URL; `nil` where something can.
  package static func objection(to url: String) -> String? {
    URL(string: url).flatMap { try? Place($0) } == nil
      ? "it is no http:// or https:// URL of a host, without a user" : nil
  }

  /// Whether certificates can be read from a file.
  package static func check(authorities: String) throws(Failure) {
    do {
      guard try !NIOSSLCertificate.fromPEMFile(authorities).isEmpty else {
        throw Failure(description: "found none")
      }
    } catch {
      throw Failure(description: "no certificate can be read from it")
    }
  }

  /// No service that is asked here says more.
  private static let longestBody = 1 << 16

  /// Sends a request and waits for its answer, `limit` at most. A redirection is an answer like any other, and
  /// is not followed. `authorities` is a file of certificates that are trusted in place of the system's.
  package static func send(
    _ method: String, _ url: URL, headers: [(String, String)] = [], body: [UInt8] = [],
    within limit: TimeSpan, authorities: String? = nil
  ) throws(Failure) -> Reply {
    do {
      let place = try Place(url)
      let tls = place.isSecure ? try context(authorities) : nil
      let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
      defer { group.shutdownGracefully { _ in } }
      let loop = group.next()
      let promise = loop.makePromise(of: Reply.self)
      let head = place.head(method, headers, length: body.count)
      let patience = TimeAmount.nanoseconds(limit.nanoseconds)
      loop.scheduleTask(in: patience) {
        promise.fail(Failure(description: "no answer within \(limit)"))
      }
      ClientBootstrap(group: loop).connectTimeout(patience).channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls {
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: place.name))
          }
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(Exchange(head, body, promise))
        }
      }.connect(host: place.host, port: place.port).cascadeFailure(to: promise)
      return try promise.futureResult.wait()
    } catch let failure as Failure {
      throw failure
    } catch let error as NIOConnectionError {
      throw Failure(description: words(of: error), isUnheard: true)
    } catch {
      throw Failure(description: words(of: error))
    }
  }

  private static func context(_ authorities: String?) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if let authorities { configuration.trustRoots = .file(authorities) }
    return try NIOSSLContext(configuration: configuration)
  }

  private static func words(of error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      let first = error.connectionErrors.first.map { words(of: $0.error) }
      return first ?? "the name `\(error.host)` stands for no address"
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case let error as NIOSSLError: return "TLS: " + reason(of: error)
    case is HTTPParserError: return "what came is no HTTP: \(error)"
    case is ChannelError: return "no connection: \(error)"
    default: return "\(error)"
    }
  }

  /// BoringSSL's word for it, as in CERTIFICATE_VERIFY_FAILED.
  private static func reason(of error: NIOSSLError) -> String {
    let words = "\(error)"
    guard let place = words.range(of: "OPENSSL_internal:") else {
      return String(words.prefix { $0 != "(" })
    }
    return String(words[place.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" })
  }

  /// Where a URL leads.
  private struct Place {
    let isSecure: Bool
    let host: String
    let port: Int
    /// What a certificate must say; `nil` where the host is an address.
    let name: String?
    private let target: String

    init(_ url: URL) throws(Failure) {
      guard let parts = URLComponents(url: url, resolvingAgainstBaseURL: false),
        let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
        let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil,
        (1...65_535).contains(parts.port ?? (parts.rangeOfPort == nil ? 80 : 0))
      else { throw Failure(description: "the URL is none of http or https") }
      isSecure = scheme == "https"
      self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
      name = IPAddress(self.host) == nil ? self.host : nil
      port = parts.port ?? (isSecure ? 443 : 80)
      target = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
    }

    func head(
      _ method: String, _ headers: [(String, String)], length: Int
    ) -> HTTPRequestHead {
      let usual = port == (isSecure ? 443 : 80)
      let authority = (host.contains(":") ? "[\(host)]" : host) + (usual ? "" : ":\(port)")
      var all = HTTPHeaders([
        ("Host", authority), ("Connection", "close"), ("Accept", "application/json"),
      ])
      if length > 0 { all.add(name: "Content-Length", value: "\(length)") }
      all.add(contentsOf: headers)
      return HTTPRequestHead(
        version: .http1_1, method: HTTPMethod(rawValue: method), uri: target, headers: all)
    }
  }

  /// Sends the request when there is a connection, and takes the answer in.
  private final class Exchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let promise: EventLoopPromise<Reply>
    private var reply = Reply(status: 0)

    init(_ head: HTTPRequestHead, _ body: [UInt8], _ promise: EventLoopPromise<Reply>) {
      (self.head, self.body, self.promise) = (head, body, promise)
    }

    func channelActive(context: ChannelHandlerContext) {
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      if !body.isEmpty {
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
      }
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        reply.status = Int(head.status.code)
      case .body(let bytes):
        reply.body += bytes.readableBytesView
        guard reply.body.count > HTTPClient.longestBody else { return }
        fail(
          context, Failure(description: "the answer is longer than \(HTTPClient.longestBody) bytes")
        )
      case .end:
        promise.succeed(reply)
        context.close(promise: nil)
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      promise.fail(Failure(description: "the connection was closed before the answer was whole"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(context, error) }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
      promise.fail(error)
      context.close(promise: nil)
    }
  }
}
