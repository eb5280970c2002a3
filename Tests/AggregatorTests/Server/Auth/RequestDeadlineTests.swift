import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import TestSupport
import Testing

@testable import Auth

/// Connections on loopback that send too little.
@Suite struct RequestDeadlineTests {
    private func withServer(_ body: (Int) async throws -> Void) async throws {
        let router = Router(context: CallerContext.self)
        router.add(middleware: RequestDeadlines())
        router.get("/") { _, _ in "ok" }
        router.post("/") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            return "ok"
        }
        let port = freePort()
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let server = Task {
            try await Application(
                router: router,
                server: .http1(
                    configuration: .init(
                        additionalChannelHandlers: [RequestDeadline.Installer(headSeconds: 1, bodySeconds: 1)],
                        idleTimeout: .seconds(90))),
                configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger
            ).run()
        }
        defer { server.cancel() }
        #expect(await eventually { Connection(port)?.isOpen ?? false })
        try await body(port)
    }

    /// A plain connection, because a client would not misbehave.
    private final class Connection: Sendable {
        private let socket: Int32

        init?(_ port: Int) {
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(port).bigEndian
            name.sin_addr.s_addr = inet_addr("127.0.0.1")
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let connected = withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
            }
            if connected != 0 {
                close(socket)
                return nil
            }
        }

        deinit { close(socket) }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// What there is to read now; nil: nothing yet. Empty: the other end has closed.
        func received() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 { return errno == EAGAIN ? nil : [] }
            return Array(buffer.prefix(count))
        }

        var isOpen: Bool { received() == nil }
        var isClosed: Bool { received()?.isEmpty ?? false }
    }

    @Test func whoSaysNothingIsClosed() async throws {
        try await withServer { port in
            let connection = try #require(Connection(port))
            #expect(await eventually { connection.isClosed })
        }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"])
    func whoStopsInTheMiddleIsClosed(_ half: String) async throws {
        try await withServer { port in
            let connection = try #require(Connection(port))
            connection.send(half)
            #expect(await eventually { connection.isClosed })
        }
    }

    /// A byte now and then is no progress.
    @Test func whoDripsAHeadIsClosed() async throws {
        try await withServer { port in
            let connection = try #require(Connection(port))
            connection.send("GET / HTTP/1.1\r\n")
            #expect(
                await eventually {
                    connection.send("X: y\r\n")
                    return connection.isClosed
                })
        }
    }

    @Test func betweenRequestsAConnectionMayRest() async throws {
        try await withServer { port in
            let connection = try #require(Connection(port))
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await eventually { connection.received()?.isEmpty == false })
            let silent = try #require(Connection(port))
            #expect(await eventually { silent.isClosed }, "more than a second goes by")
            #expect(connection.isOpen)
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await eventually { connection.received()?.isEmpty == false })
        }
    }
}
