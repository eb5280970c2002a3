internal import Glibc

/// A failed system call, with its path.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let code: Int32

    package init(call: String, path: String, code: Int32) {
        self.call = call
        self.path = path
        self.code = code
    }

    package var isMissing: Bool { code == ENOENT || code == ENOTDIR || code == ENXIO || code == ENODEV }
    package var isForbidden: Bool { code == EACCES || code == EPERM }

    package var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
}
