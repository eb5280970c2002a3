package import Platform

/// One message of one writer in every form in which people have logs.
package struct LoggedLine: Sendable {
    package var identifier: String
    package var unit: String
    package var transport: String
    package var message: String
    /// The built-in rule that finds it.
    package var rule: String

    package static let all = [
        LoggedLine(
            "kernel", "", "kernel",
            "Memory cgroup out of memory: Killed process 77 (java) total-vm:1kB, anon-rss:2kB, file-rss:3kB",
            "oom-kill-container"),
        LoggedLine(
            "kubelet", "kubelet.service",
            "E1017 12:05:33.105000    1655 kubelet.go:2661] \"Skipping pod synchronization\" err=\"PLEG is not healthy: pleg was last seen active 3m5s ago; threshold is 3m0s\"",
            "kubelet-pleg"),
        LoggedLine(
            "k3s", "k3s-agent.service",
            "E1017 12:05:33.105000    1636 kubelet.go:1846] skipping pod synchronization - PLEG is not healthy: pleg was last seen active 4m51.7s ago; threshold is 3m0s",
            "kubelet-pleg"),
        LoggedLine(
            "microk8s.daemon-kubelite", "snap.microk8s.daemon-kubelite.service",
            "\"command failed\" err=\"failed to run Kubelet: running with swap on is not supported\"",
            "kubelet-command-failed"),
        LoggedLine(
            "containerd", "containerd.service",
            "time=\"2026-10-17T12:05:33Z\" level=error msg=\"pull\" error=\"unexpected commit digest sha256:e3b0, expected sha256:5c1e: failed precondition\"",
            "corrupt-image"),
        LoggedLine(
            "dockerd", "docker.service",
            "returned error: readlink /var/lib/docker/overlay2/abc/merged: invalid argument", "corrupt-overlay2"),
        LoggedLine("systemd", "init.scope", "vault.service: Failed with result 'exit-code'.", "unit-failed"),
        LoggedLine("etcd", "etcd.service", "etcdserver: mvcc: database space exceeded", "etcd-no-space"),
        LoggedLine("systemd-networkd", "systemd-networkd.service", "ens5: DHCP lease lost", "dhcp-lease-lost"),
        LoggedLine(
            "systemd-journald", "systemd-journald.service", "driver", "Suppressed 1234 messages from kubelet.service",
            "journal-suppressed"),
        LoggedLine("chronyd", "chrony.service", "Can't synchronise: no majority", "ntp-no-source"),
        LoggedLine(
            "smartd", "smartmontools.service", "Device: /dev/sda [SAT], FAILED SMART self-check. BACK UP DATA NOW!",
            "smart-failed"),
    ]

    private init(_ identifier: String, _ unit: String, _ transport: String, _ message: String, _ rule: String) {
        self.identifier = identifier
        self.unit = unit
        self.transport = transport
        self.message = message
        self.rule = rule
    }

    private init(_ identifier: String, _ unit: String, _ message: String, _ rule: String) {
        self.init(identifier, unit, "journal", message, rule)
    }

    /// When all of them were written: 2026-10-17T12:05:33Z.
    package static let time = Timestamp(seconds: 1_792_238_733)

    /// Fields of the journal entry.
    package var fields: [(String, String)] {
        var fields = [
            ("__REALTIME_TIMESTAMP", String(Self.time.microseconds)), ("_BOOT_ID", String(repeating: "a", count: 32)),
            ("_TRANSPORT", transport), ("SYSLOG_IDENTIFIER", identifier),
        ]
        if !unit.isEmpty { fields.append(("_SYSTEMD_UNIT", unit)) }
        return fields + [("_PID", identifier == "systemd" ? "1" : "812"), ("MESSAGE", message)]
    }

    /// By the name of the form; forms of the kernel's log only for the kernel.
    package var forms: [(name: String, text: String)] {
        let iso = Self.time.utcRFC3339.dropLast()
        // Without a zone the reader's own is meant: the year, the month and so on as `TZ` has them.
        let local = Self.time.localRFC3339
        let date = String(local.prefix(10))
        let clock = String(local.dropFirst(11).prefix(8))
        let day = Int(date.suffix(2)) ?? 0
        let short = "Oct \(day < 10 ? " " : "")\(day) \(clock)"
        let who = identifier == "kernel" ? "kernel" : "\(identifier)[812]"
        let quoted = message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let json = fields.map { "\"\($0.0)\":\"\($0.0 == "MESSAGE" ? quoted : $0.1)\"" }.joined(separator: ",")
        var forms: [(name: String, text: String)] = [
            ("short", "\(short) node1 \(who): \(message)"),
            ("short-precise", "\(short).123456 node1 \(who): \(message)"),
            ("short-iso", "\(iso)+0000 node1 \(who): \(message)"),
            ("short-iso-precise", "\(iso).123456+00:00 node1 \(who): \(message)"),
            ("short-full", "Sat \(iso.replacing("T", with: " ")) UTC node1 \(who): \(message)"),
            ("short-unix", "1792238733.123456 node1 \(who): \(message)"),
            ("json", "{\(json)}"),
            ("json-pretty", "{\n\t" + json.replacing("\",\"", with: "\",\n\t\"") + "\n}"),
            ("export", fields.map { "\($0.0)=\($0.1)" }.joined(separator: "\n") + "\n"),
            (
                "rsyslog",
                "\(iso).123456+00:00 node1 \(who): \(identifier == "kernel" ? "[  480.096044] " : "")\(message)"
            ),
            ("rfc3164", "<4>\(short) node1 \(who): \(message)"),
            ("rfc5424", "<4>1 \(iso).123Z node1 \(identifier) 812 - - \(message)"),
        ]
        if identifier == "kernel" {
            forms += [
                ("dmesg -T", "[Sat Oct \(day) \(clock) 2026] \(message)"),
                ("dmesg iso", "\(iso),123456+00:00 \(message)"),
                ("dmesg -x", "kern  :err   : [Sat Oct \(day) \(clock) 2026] \(message)"),
                ("talos", "192.0.2.1: kern: warning: [\(iso).123456789Z]: \(message)"),
            ]
        }
        return forms
    }

    /// Forms of the kernel's log that have no date.
    package var undatedForms: [(name: String, text: String)] {
        identifier != "kernel"
            ? [("short-monotonic", "[  480.096044] node1 \(identifier)[812]: \(message)")]
            : [
                ("short-monotonic", "[  480.096044] node1 kernel: \(message)"), ("dmesg", "[  480.096044] \(message)"),
                ("dmesg caller", "[  480.096044][  T123] \(message)"), ("relative", "[  +0.005115] \(message)"),
                ("dmesg -x", "kern  :warn  : [  480.096044] \(message)"), ("kmsg", "3,1234,480096044,-;\(message)"),
                ("console", "<4>[  480.096044] \(message)"), ("wall", "kernel:[  480.096044] \(message)"),
            ]
    }
}
