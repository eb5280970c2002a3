import Foundation
import Glibc
import Synchronization

/// Answers every connection with the same bytes, or with silence. For faults and odd protocols only.
package final class CannedServer: Sendable {
    package enum Address: Sendable {
        case tcp
        case unix(String)
    }

    package let port: Int
    private let listener: Int32
    private let received = Received()

    private final class Received: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// - Parameters:
    ///   - answer: nil: accepts and says nothing.
    ///   - closes: ends the connection behind the answer.
    package init(_ address: Address, answer: [UInt8]?, closes: Bool = true) throws {
        switch address {
        case .tcp:
            port = freePort()
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = in_port_t(port).bigEndian
            name.sin_addr.s_addr = inet_addr("127.0.0.1")
            _ = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .unix(let path):
            port = 0
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            _ = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        guard listen(listener, 16) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let accepting = listener, received = received
        Thread.detachNewThread {
            while true {
                let connection = accept(accepting, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread {
                    var buffer = [UInt8](repeating: 0, count: 65_536)
                    let count = read(connection, &buffer, buffer.count)
                    if count > 0 { received.bytes.withLock { $0 += buffer.prefix(count) } }
                    // A client of HTTP/2 opens with more than one piece; the answer follows the last.
                    var more = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
                    while !closes, poll(&more, 1, 150) > 0 { if read(connection, &buffer, buffer.count) <= 0 { break } }
                    if let answer { _ = write(connection, answer, answer.count) }
                    if answer != nil, closes {
                        shutdown(connection, Int32(SHUT_WR))
                    }
                    // Until the other side goes.
                    while read(connection, &buffer, buffer.count) > 0 {}
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// All that clients sent first.
    package var requests: String { received.bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    package static func http(_ status: String, _ body: String, headers: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)".utf8)
    }

    /// A gRPC answer on stream 1 with clear-text HTTP/2 (RFC 9113 §4, RFC 7541 §6).
    package static func grpc(status: String) -> [UInt8] {
        func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
            [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type, flags, 0, 0, 0, stream] + payload
        }
        func literal(_ name: String, _ value: String) -> [UInt8] {
            [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        return frame(4, 0, 0, []) + frame(4, 1, 0, [])
            + frame(1, 4, 1, [0x88] + literal("content-type", "application/grpc"))
            + frame(0, 0, 1, [0, 0, 0, 0, 0]) + frame(1, 5, 1, literal("grpc-status", status))
    }
}
