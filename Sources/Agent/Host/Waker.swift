internal import Glibc

/// Sleeps on file descriptors and can be woken from another thread, through a pipe.
package final class Waker: Sendable {
    private let reading: Int32
    private let writing: Int32

    package init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// From any thread. A full pipe means that it is awake already.
    package func wake() {
        var one: UInt8 = 1
        _ = write(writing, &one, 1)
    }

    /// Returns when `other` is readable, when woken, or after `milliseconds`.
    package func wait(for other: Int32? = nil, events: Int16 = Int16(POLLIN), milliseconds: Int32) {
        var list = [pollfd(fd: reading, events: Int16(POLLIN), revents: 0)]
        if let other { list.append(pollfd(fd: other, events: events, revents: 0)) }
        _ = poll(&list, nfds_t(list.count), milliseconds)
        var drained = [UInt8](repeating: 0, count: 64)
        while read(reading, &drained, drained.count) == drained.count {}
    }
}
