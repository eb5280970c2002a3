internal import CLinux
internal import Glibc
package import Platform

/// What the kernel knows about its clock's synchronisation (`adjtimex(2)`, read only).
package struct ClockState: Equatable, Sendable {
    package var isSynchronised: Bool
    /// Estimated distance from true time, in seconds.
    package var offsetSeconds: Double

    package static func read() throws(SystemError) -> ClockState {
        var state = timex()
        let code = adjtimex(&state)
        if code < 0 { throw SystemError(call: "adjtimex", path: "the kernel's clock", code: errno) }
        let unit = state.status & STA_NANO != 0 ? 1e9 : 1e6
        return ClockState(
            isSynchronised: code != TIME_ERROR && state.status & STA_UNSYNC == 0,
            offsetSeconds: Double(state.offset) / unit)
    }
}
