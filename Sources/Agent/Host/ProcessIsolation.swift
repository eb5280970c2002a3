internal import CLinux
internal import Glibc
package import Platform
import Synchronization

/// Keeps other processes' memory, environment and files out of this one's reach, though it runs as the same user.
///
/// Through the host's `/proc`, a process of uid 0 without capabilities may otherwise read all of that of every other
/// such process, which many pods are. A Landlock domain (landlock(7)) may look into no process outside of it: the
/// kernel refuses `environ`, `root`, `cwd`, `exe`, `fd`, `maps`, `mem` and the like (those of ptrace(2), "access mode
/// checking"). Children inherit it, and nothing takes it back. What everybody may read stays: `stat`, `status`,
/// `cmdline`, `cgroup`.
package enum ProcessIsolation {
    /// For the calling thread, and all that it starts from now on: so before there are others.
    /// - Throws: `ENOSYS` or `EOPNOTSUPP` for a kernel without Landlock, `EPERM` for a user who may gain privileges,
    ///   whom the kernel does not let.
    package static func enter() throws(SystemError) {
        // Something has to be restricted, and agents make no block devices.
        let ruleset = ke_landlock_create_ruleset(UInt64(LANDLOCK_ACCESS_FS_MAKE_BLOCK))
        guard ruleset >= 0 else {
            throw SystemError(call: "landlock_create_ruleset", path: "this process", code: errno)
        }
        defer { close(ruleset) }
        guard ke_landlock_restrict_self(ruleset) == 0 else {
            throw SystemError(call: "landlock_restrict_self", path: "this process", code: errno)
        }
    }

    private static let outcome = Mutex<SystemError?>(nil)

    /// `enter` for a whole program, at its beginning.
    package static func enterProgram() {
        do throws(SystemError) { try enter() } catch { outcome.withLock { $0 = error } }
    }

    /// Why `enterProgram` did not work; nil: it did.
    package static var problem: SystemError? { outcome.withLock { $0 } }
}
