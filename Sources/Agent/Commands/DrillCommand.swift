import AgentRuntime
import ArgumentParser
internal import Glibc
import Platform

/// `ke-agent drill`: what the pod of `ke drill` runs on a node.
struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Write one marked line to this node's log, for `ke drill`.")

    @Option(help: "Eight lower-case hexadecimal digits that mark the line.")
    var mark: String

    @Option(help: "Syslog socket of journald.")
    var socket = "/run/systemd/journal/dev-log"

    @Option(help: "Kernel log device to write to instead: /dev/kmsg.")
    var kmsg: String?

    func run() throws {
        guard mark.utf8.count == 8, mark.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            throw CommandFailure(message: "--mark must be eight lower-case hexadecimal digits; '\(mark)' is not valid.")
        }
        let text = "[demo] drill \(mark): nothing is wrong, this line shows that lines arrive"
        do throws(SystemError) {
            if let kmsg { try Self.write("<3>\(text)\n", toDevice: kmsg) } else { try Self.send(text, to: socket) }
        } catch {
            throw CommandFailure(message: "The line cannot be written: \(error)")
        }
        print(text)
    }

    private static func write(_ text: String, toDevice path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError(call: "write", path: path, code: errno)
        }
    }

    /// One datagram as syslog(3) sends it: facility daemon, severity error (RFC 3164 §4.1.1).
    private static func send(_ text: String, to path: String) throws(SystemError) {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(call: "socket", path: path, code: errno) }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError(call: "connect", path: path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let bytes = Array("<27>ke-drill: \(text)".utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard sent == bytes.count else { throw SystemError(call: "sendto", path: path, code: errno) }
    }
}
