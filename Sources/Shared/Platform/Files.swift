internal import Glibc

/// Small files as a whole. Large ones are read by their sources.
package enum Files {
    /// A pipe is waited for no longer than this.
    private static let pipeMilliseconds: Int32 = 5000

    /// The content, at most `bytesMax` bytes of it. A pipe that somebody put where a file should be does not hold up
    /// its reader.
    package static func read(_ path: String, bytesMax: Int = 4 << 20) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        let chunk = 16 << 10
        while bytes.count < bytesMax {
            var problem: Int32 = 0
            let before = bytes.count
            let more = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
                let got = Glibc.read(descriptor, buffer.baseAddress, min(chunk, bytesMax - before))
                if got < 0 { problem = errno }
                count = max(0, got)
            }
            if problem == EINTR { continue }
            if problem == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, pipeMilliseconds) > 0 { continue }
                problem = ETIMEDOUT
            }
            if problem != 0 { throw SystemError(call: "read", path: path, code: problem) }
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    package static func text(_ path: String) throws(SystemError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Writes beside, syncs, renames, and syncs the folder: the file holds the old or the new content, never half.
    package static func writeAtomically(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let beside = path + ".new"
        // Left over from a crash, or put there by somebody else: never written through.
        unlink(beside)
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: beside, code: errno) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                close(descriptor)
                unlink(beside)
                throw SystemError(call: "write", path: beside, code: code)
            }
            written += count
        }
        let synced = fsync(descriptor)
        let code = errno
        close(descriptor)
        if synced != 0 { throw SystemError(call: "fsync", path: beside, code: code) }
        if rename(beside, path) != 0 { throw SystemError(call: "rename", path: path, code: errno) }
        let folder = open(
            String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Names in a folder, sorted, without `.` and `..`.
    package static func names(in path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else { throw SystemError(call: "opendir", path: path, code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Another text when a file was written, replaced, or is gone.
    package static func identity(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "absent" }
        return "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }

    /// Renames a file over another one; one that is not there is none.
    package static func moveAside(_ path: String, to other: String) throws(SystemError) {
        if rename(path, other) != 0, errno != ENOENT { throw SystemError(call: "rename", path: path, code: errno) }
    }

    /// What an ordinary user may still write on the file system of a path: statvfs(3).
    package static func freeBytes(_ path: String) throws(SystemError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw SystemError(call: "statvfs", path: path, code: errno) }
        let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return bytes.overflow ? .max : Int(clamping: bytes.partialValue)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// - Throws: `EPERM` for a folder that belongs to another user, who could change what is read there again. Root's
    ///   is fine: volumes of a pod are.
    package static func requireOwn(_ path: String) throws(SystemError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError(call: "stat", path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError(call: "open", path: path, code: ENOTDIR) }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SystemError(call: "trust", path: path, code: EPERM)
        }
    }

    package static func createFolder(_ path: String) throws(SystemError) {
        var folder = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            folder += (folder.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            if mkdir(folder, 0o700) != 0, errno != EEXIST {
                throw SystemError(call: "mkdir", path: folder, code: errno)
            }
        }
    }
}
