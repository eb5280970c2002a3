import Glibc
import Synchronization
import TestSupport

/// Something that reads like `/dev/kmsg`: one record for each read, the whole buffer again for each new reader.
///
/// A named pipe in packet mode (pipe(7), `O_DIRECT`), so that a read gives one record and never a piece of two.
final class FakeKmsg: Sendable {
    private struct State {
        var records: [String] = []
        var descriptor: Int32 = -1
    }

    let path: String
    private let state = Mutex(State())

    /// A packet is at most a page.
    static let recordBytesMax = 4096
    /// Room for so many packets before the pipe is full, each in a page of its own.
    private static let pipeBytes: Int32 = 1 << 20

    init(in folder: TemporaryFolder) { path = folder.path + "/kmsg" }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    /// Whether pipes have a packet mode here.
    static let isPossible: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        let kmsg = FakeKmsg(in: folder)
        return (try? kmsg.append(["a"], at: 0)) != nil
    }()

    /// What a new reader finds: everything from the beginning.
    func rewind() throws {
        try state.withLock { state in
            guard !state.records.isEmpty else { return }
            try open(&state)
            for record in state.records { try write(record, &state) }
        }
    }

    /// Adds lines, a second after each other.
    func append(_ lines: [String], at second: Int64) throws {
        try state.withLock { state in
            if state.descriptor < 0 { try open(&state) }
            for (index, line) in lines.enumerated() {
                let microseconds = (second + Int64(index)) * 1_000_000
                let record = "6,\(state.records.count),\(microseconds),-;\(Self.escaped(line))\n"
                state.records.append(record)
                try write(record, &state)
            }
        }
    }

    private func open(_ state: inout State) throws {
        if state.descriptor >= 0 { close(state.descriptor) }
        unlink(path)
        guard mkfifo(path, 0o600) == 0 else { throw Failure(code: errno) }
        // For reading too, so that there is always a writer and the pipe never ends.
        state.descriptor = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard state.descriptor >= 0, fcntl(state.descriptor, F_SETFL, Self.packetMode | O_NONBLOCK) == 0,
            fcntl(state.descriptor, Self.setPipeSize, Self.pipeBytes) >= 0
        else { throw Failure(code: errno) }
    }

    private func write(_ record: String, _ state: inout State) throws {
        let bytes = Array(record.utf8)
        guard Glibc.write(state.descriptor, bytes, bytes.count) == bytes.count else { throw Failure(code: errno) }
    }

    private struct Failure: Error { let code: Int32 }

    /// `O_DIRECT` and `F_SETPIPE_SZ` of Linux, which are hidden behind `_GNU_SOURCE`.
    #if arch(arm64)
        private static let packetMode: Int32 = 0o200000
    #else
        private static let packetMode: Int32 = 0o40000
    #endif
    private static let setPipeSize: Int32 = 1031

    /// As the kernel writes what cannot be printed (`Documentation/ABI/testing/dev-kmsg`).
    private static func escaped(_ line: String) -> String {
        var text = ""
        for byte in line.utf8 {
            if byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\\") {
                let digits = String(byte, radix: 16)
                text += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
            } else {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return text
    }
}
