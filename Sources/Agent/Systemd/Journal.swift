internal import CSystemd
internal import Glibc
package import Platform

/// What libsystemd says about a failed call.
package struct JournalError: Error, Equatable, CustomStringConvertible {
    package let call: String
    /// A positive errno.
    package let code: Int32

    package var description: String { "\(call): \(String(cString: strerror(code)))" }
    package var system: SystemError { SystemError(call: call, path: "the journal", code: code) }

    package init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }
}

/// An open journal (`sd-journal(3)`). Owned by one thread; closed with its last owner.
package struct Journal: ~Copyable {
    package enum Location: Equatable, Sendable {
        /// This machine's, persistent and volatile.
        case system
        /// The same below another root, of any machine id.
        case root(String)
        case folder(String)
        case files([String])
    }

    /// What `process` found (`sd_journal_process(3)`).
    package enum Change { case nothing, appended, invalidated }

    private let handle: OpaquePointer

    package init(_ location: Location) throws(JournalError) {
        var opened: OpaquePointer?
        switch location {
        case .system:
            try Self.check("sd_journal_open", sd_journal_open(&opened, Int32(SD_JOURNAL_LOCAL_ONLY)))
        case .root(let path):
            try Self.check(
                "sd_journal_open_directory", sd_journal_open_directory(&opened, path, Int32(SD_JOURNAL_OS_ROOT)))
        case .folder(let path):
            try Self.check("sd_journal_open_directory", sd_journal_open_directory(&opened, path, 0))
        case .files(let paths):
            var pointers: [UnsafePointer<CChar>?] = paths.map { UnsafePointer(strdup($0)) } + [nil]
            defer { pointers.forEach { free(UnsafeMutablePointer(mutating: $0)) } }
            try Self.check("sd_journal_open_files", sd_journal_open_files(&opened, &pointers, 0))
        }
        guard let opened else { throw JournalError(call: "sd_journal_open", code: ENOMEM) }
        handle = opened
        // Larger fields are cut by libsystemd where it can; LogRecord cuts the rest.
        sd_journal_set_data_threshold(handle, LogLine.bytesMax + 64)
    }

    deinit { sd_journal_close(handle) }

    @discardableResult
    private static func check(_ call: String, _ code: Int32) throws(JournalError) -> Int32 {
        if code < 0 { throw JournalError(call: call, code: -code) }
        return code
    }

    package func addMatch(_ text: String) throws(JournalError) {
        let bytes = Array(text.utf8)
        try Self.check("sd_journal_add_match", sd_journal_add_match(handle, bytes, bytes.count))
    }

    package func addDisjunction() throws(JournalError) {
        try Self.check("sd_journal_add_disjunction", sd_journal_add_disjunction(handle))
    }

    package func seekHead() throws(JournalError) {
        try Self.check("sd_journal_seek_head", sd_journal_seek_head(handle))
    }

    package func seekTail() throws(JournalError) {
        try Self.check("sd_journal_seek_tail", sd_journal_seek_tail(handle))
    }

    package func previous() throws(JournalError) -> Bool {
        try Self.check("sd_journal_previous", sd_journal_previous(handle)) > 0
    }

    package func seek(realtime: Timestamp) throws(JournalError) {
        let time = UInt64(clamping: realtime.microseconds)
        try Self.check("sd_journal_seek_realtime_usec", sd_journal_seek_realtime_usec(handle, time))
    }

    package func seek(cursor: String) throws(JournalError) {
        try Self.check("sd_journal_seek_cursor", sd_journal_seek_cursor(handle, cursor))
    }

    /// Whether there is a next entry, which is then current.
    package func next() throws(JournalError) -> Bool { try Self.check("sd_journal_next", sd_journal_next(handle)) > 0 }

    /// Whether the current entry is the cursor's.
    package func isAt(cursor: String) throws(JournalError) -> Bool {
        try Self.check("sd_journal_test_cursor", sd_journal_test_cursor(handle, cursor)) > 0
    }

    package func cursor() throws(JournalError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        try Self.check("sd_journal_get_cursor", sd_journal_get_cursor(handle, &text))
        defer { free(text) }
        return text.map { String(cString: $0) } ?? ""
    }

    package func realtime() throws(JournalError) -> Timestamp {
        var time: UInt64 = 0
        try Self.check("sd_journal_get_realtime_usec", sd_journal_get_realtime_usec(handle, &time))
        return Timestamp(microseconds: Int64(clamping: time))
    }

    /// Calls `body` with each field of the current entry, `NAME=value`, until it answers false. The memory is the
    /// journal's until `body` returns. Fields that libsystemd cannot give (damaged, over-long) are left out; the entry
    /// itself is not lost.
    ///
    /// One pass over an entry costs about as much as asking for one field that it lacks (`sd_journal_get_data(3)`).
    package func forEachField(_ body: (UnsafeRawBufferPointer) -> Bool) throws(JournalError) {
        sd_journal_restart_data(handle)
        while true {
            var data: UnsafeRawPointer?
            var size = 0
            let code = sd_journal_enumerate_available_data(handle, &data, &size)
            if code == -EBADMSG { continue }
            guard try Self.check("sd_journal_enumerate_available_data", code) > 0, let data else { return }
            if !body(UnsafeRawBufferPointer(start: data, count: size)) { return }
        }
    }

    /// Calls `body` with the field's value, whose memory is the journal's until the next call.
    /// - Returns: nil when the entry lacks the field.
    package func withField<Result>(_ name: StaticString, _ body: (UnsafeRawBufferPointer) -> Result)
        throws(JournalError)
        -> Result?
    {
        var data: UnsafeRawPointer?
        var size = 0
        let code = name.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { sd_journal_get_data(handle, $0.baseAddress, &data, &size) }
        }
        if code == -ENOENT { return nil }
        // An over-long or damaged field is as good as none; the entry itself is not lost.
        if code == -E2BIG || code == -ENOBUFS || code == -EBADMSG || code == -EPROTONOSUPPORT { return nil }
        try Self.check("sd_journal_get_data", code)
        let skip = name.utf8CodeUnitCount + 1
        return body(UnsafeRawBufferPointer(start: data?.advanced(by: skip), count: size - skip))
    }

    /// The oldest entry's time, whatever the matches; nil in an empty journal.
    package func oldestTime() throws(JournalError) -> Timestamp? {
        var from: UInt64 = 0
        let code = sd_journal_get_cutoff_realtime_usec(handle, &from, nil)
        return try Self.check("sd_journal_get_cutoff_realtime_usec", code) == 0
            ? nil : Timestamp(microseconds: Int64(clamping: from))
    }

    /// Whether any file could be opened.
    package func hasFiles() -> Bool {
        sd_journal_has_persistent_files(handle) > 0 || sd_journal_has_runtime_files(handle) > 0
            || (try? oldestTime()) != nil
    }

    /// To wait on with `poll`, with the events to wait for and for how long at most.
    package func poll() throws(JournalError) -> (descriptor: Int32, events: Int16, milliseconds: Int32) {
        let descriptor = try Self.check("sd_journal_get_fd", sd_journal_get_fd(handle))
        let events = try Self.check("sd_journal_get_events", sd_journal_get_events(handle))
        var deadline: UInt64 = 0
        try Self.check("sd_journal_get_timeout", sd_journal_get_timeout(handle, &deadline))
        if deadline == UInt64.max { return (descriptor, Int16(truncatingIfNeeded: events), 1000) }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
        let left = deadline > microseconds ? (deadline - microseconds + 999) / 1000 : 0
        return (descriptor, Int16(truncatingIfNeeded: events), Int32(clamping: min(left, 1000)))
    }

    package func process() throws(JournalError) -> Change {
        switch try Self.check("sd_journal_process", sd_journal_process(handle)) {
        case Int32(SD_JOURNAL_NOP): .nothing
        case Int32(SD_JOURNAL_APPEND): .appended
        default: .invalidated
        }
    }
}
