import Foundation
import Glibc
import Synchronization

@testable import Platform

/// A proxy for HTTP/1.1 between an agent and its aggregator that does to exchanges what a bad network, or whatever
/// stands in between, does to them.
final class FaultyProxy: Sendable {
    enum Mode: CaseIterable {
        case pass
        /// The connection ends in the middle of the request, which the aggregator sees half of.
        case cutRequest
        /// The request arrives, half of the answer comes back.
        case cutAnswer
        /// The request arrives, and no answer comes back.
        case loseAnswer
        /// The request arrives twice, one behind the other.
        case double
        case delay
        /// Nobody answers the call.
        case refuse
        /// A load balancer's own page.
        case page400
        case page413
    }

    let port: Int
    private let target: Int
    private let listener: Int32
    private let mode = Mutex(Mode.pass)
    private let isEnding = Atomic(false)

    init(to target: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        self.target = target
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let isStarted = NativeThread.start { [self] in
            while !isEnding.load(ordering: .relaxed) {
                var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 200) > 0 else { continue }
                let client = accept(listener, nil, nil)
                if client >= 0, !NativeThread.start({ [self] in serve(client) }) { close(client) }
            }
            close(listener)
        }
        guard isStarted else { throw POSIXError(.EAGAIN) }
    }

    func set(_ mode: Mode) { self.mode.withLock { $0 = mode } }
    func end() { isEnding.store(true, ordering: .relaxed) }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = UInt16(port).bigEndian
        return address
    }

    private func connect() -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: target)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    /// One connection of the agent: exchange by exchange, until one is spoilt.
    private func serve(_ client: Int32) {
        defer { close(client) }
        while !isEnding.load(ordering: .relaxed), let request = Self.message(client) {
            let mode = mode.withLock { $0 }
            switch mode {
            case .refuse: return
            case .page400, .page413:
                let status = mode == .page400 ? "400 Bad Request" : "413 Payload Too Large"
                let page = "<html>\(status)</html>"
                let head = "HTTP/1.1 \(status)\r\nContent-Type: text/html\r\nContent-Length: \(page.utf8.count)\r\n\r\n"
                guard Self.send(client, Array((head + page).utf8)) else { return }
                continue
            default: break
            }
            guard let server = connect() else { return }
            defer { close(server) }
            if mode == .cutRequest {
                _ = Self.send(server, Array(request.prefix(request.count / 2)))
                return
            }
            if mode == .double {
                guard Self.send(server, request), Self.message(server) != nil else { return }
            }
            if mode == .delay {
                // Held back for so long, or until the agent goes away.
                var waiting = pollfd(fd: client, events: 0, revents: 0)
                poll(&waiting, 1, 300)
            }
            guard Self.send(server, request), let answer = Self.message(server), mode != .loseAnswer else { return }
            let isCut = mode == .cutAnswer
            guard Self.send(client, isCut ? Array(answer.prefix(answer.count / 2)) : answer), !isCut else { return }
        }
    }

    private static func send(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// A head with the body that its `Content-Length` or its chunks say; nil when the other end went away.
    private static func message(_ descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = bytes.firstRange(of: end) {
                let head = String(decoding: bytes[..<range.lowerBound], as: UTF8.self).lowercased()
                let body = bytes.count - range.upperBound
                if head.contains("transfer-encoding: chunked") {
                    if bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) { return bytes }
                } else {
                    let line = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    let length = line.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                    if body >= length { return bytes }
                }
            }
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            bytes += buffer.prefix(count)
        }
    }
}
