import Foundation
import Glibc
import Synchronization

/// An API server for faults only: every request goes to a closure, whose answer may break off, drip, or never end.
///
/// Real answers are tested against a real server; this one does what a real server cannot be made to do.
package final class FakeAPIServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// With the query.
        package var target: String
        package var headers: [String: String]
        package var body: String
        /// How often this path was asked for before, the query apart.
        package var earlier: Int

        package var path: String { String(target.prefix { $0 != "?" }) }
        package func query(_ name: String) -> String? {
            target.split(separator: "?").dropFirst().first?.split(separator: "&").first { $0.hasPrefix(name + "=") }
                .map { String($0.dropFirst(name.count + 1)).removingPercentEncoding ?? "" }
        }
    }

    package struct Answer: Sendable {
        package var status = 200
        package var headers: [String: String] = [:]
        package var body: [UInt8] = []
        /// The connection is reset after this many bytes of the body.
        package var resetsAfter: Int?
        /// The body goes on for ever with this piece.
        package var endless: [UInt8]?
        /// Lines that are written one by one before the connection closes: a watch.
        package var lines: [String]?
        /// Stays open behind `lines` until the client goes.
        package var staysOpen = false

        package init(_ status: Int = 200, _ body: String = "", headers: [String: String] = [:]) {
            self.status = status
            self.body = Array(body.utf8)
            self.headers = headers
        }

        package static func status(_ code: Int, _ reason: String, headers: [String: String] = [:]) -> Answer {
            Answer(
                code, #"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"\#(reason)","code":\#(code)}"#,
                headers: headers)
        }
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var counts: [String: Int] = [:]
        var requests: [Request] = []
        var isClosed = false
    }

    package var requests: [Request] { state.withLock { $0.requests } }

    package init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: name.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread { self.serve(connection, answer) }
            }
        }
    }

    deinit { close() }

    /// Once: its number may be another file's by the time that the last connection ends and this is let go.
    package func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func serve(_ connection: Int32, _ answer: @Sendable (Request) -> Answer) {
        defer { Glibc.close(connection) }
        guard var request = Self.read(connection) else { return }
        request.earlier = state.withLock { state in
            defer {
                state.counts[request.path, default: 0] += 1
                state.requests.append(request)
            }
            return state.counts[request.path] ?? 0
        }
        Self.write(answer(request), to: connection)
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(connection, &buffer, buffer.count)
            if count <= 0 { return nil }
            bytes += buffer.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
            let first = lines[0].split(separator: " ").map(String.init)
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2 { headers[parts[0].lowercased()] = parts[1] }
            }
            let body = String(text[end.upperBound...])
            if let length = headers["content-length"].flatMap({ Int($0) }), body.utf8.count < length { continue }
            return Request(
                method: first[0], target: first.count > 1 ? first[1] : "/", headers: headers, body: body, earlier: 0)
        }
    }

    private static func write(_ answer: Answer, to connection: Int32) {
        func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(connection, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return false }
                sent += count
            }
            return true
        }
        var head = "HTTP/1.1 \(answer.status) X\r\nConnection: close\r\n"
        var headers = answer.headers
        if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let isPlain = answer.endless == nil && answer.lines == nil
        if isPlain { head += "Content-Length: \(answer.body.count)\r\n" }
        guard send(Array((head + "\r\n").utf8)) else { return }
        if let limit = answer.resetsAfter {
            _ = send(Array(answer.body.prefix(limit)))
            // A linger of nothing makes close() send a reset.
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return
        }
        if let lines = answer.lines {
            for line in lines where !send(Array((line + "\n").utf8)) { return }
            var buffer = [UInt8](repeating: 0, count: 16)
            while answer.staysOpen, Glibc.read(connection, &buffer, buffer.count) > 0 {}
            return
        }
        guard send(answer.body) else { return }
        if let piece = answer.endless { while send(piece) {} }
    }
}
