import Foundation
import Glibc

/// What this machine lets tests do; said once when it does not.
package enum Machine {
    package static let isRoot = geteuid() == 0

    package static func has(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// Whether journals can be made from export text.
    package static let makesJournals = printed(
        has("/lib/systemd/systemd-journal-remote"), "no systemd-journal-remote: journal tests are skipped")

    /// Whether a real journald can be started by hand.
    package static let runsJournald = printed(
        isRoot && has("/lib/systemd/systemd-journald") && access("/run/systemd/journal/socket", F_OK) != 0
            && isEmpty("/run/log/journal"),
        "not root, no journald, one runs already or left a journal: tests with a journald of their own are skipped")

    package static let writesKmsg = printed(
        isRoot && access("/dev/kmsg", R_OK | W_OK) == 0, "/dev/kmsg cannot be written: kernel log tests are skipped")

    package static let killsForMemory = printed(
        isRoot && (has("/sys/fs/cgroup/memory") || has("/sys/fs/cgroup/cgroup.procs")) && writesKmsg,
        "no memory cgroup can be made: OOM tests are skipped")

    package static let promtool = "/usr/bin/promtool"

    /// Whether Prometheus' rules can be checked.
    package static let hasPromtool = printed(has(promtool), "no promtool: the alerts are not tested")

    package static let prometheus = "/usr/bin/prometheus"
    package static let alertmanager = "/usr/bin/prometheus-alertmanager"

    /// Whether a Prometheus and an Alertmanager can be started.
    package static let runsPrometheus = printed(
        has(prometheus) && has(alertmanager) && has(promtool),
        "no Prometheus or no Alertmanager: alerts are not seen to fire")

    /// Whether there is nothing in a folder that a test would have to take away.
    private static func isEmpty(_ folder: String) -> Bool {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).isEmpty
    }

    private static func printed(_ can: Bool, _ reason: String) -> Bool {
        if !can { print("skipped: \(reason)") }
        return can
    }
}
