import Foundation
import Glibc
import TestSupport
import Testing

@testable import RuleEngine
@testable import Wire

extension EndToEndSerialTests.RuleLibraryPaths {
    /// Through a running journald, as on a node: kernel lines by /dev/kmsg, those of units from processes in the units'
    /// cgroups, the others by its socket. What journald says of itself only it can write; those go by files.
    @Test(.enabled(if: Machine.runsJournald && Machine.writesKmsg)) func throughARunningJournald() async throws {
        let lines = Self.lines { $0.selector != .driver }
        #expect(lines.count >= Self.linesMin)
        let expected = Self.keys(lines)
        let journald = try Journald(skipsOldKernelLines: true)
        #expect(await eventually { journald.isReady() })
        let rig = try Rig(agentArguments: [])
        rig.agentArguments = [
            "--rules", Rig.shippedRules, "--kernel-log", "journal", "--journal-dir", journald.folderPath,
        ]
        try await rig.start()
        #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
        try await withKernelLinesUnlimited { try await Self.writeKernelLines(lines, journald) }
        let others = Dictionary(grouping: lines.filter { $0.selector != .kernel && $0.selector != .kmsg }) {
            "\($0.selector)"
        }
        for (_, own) in others.sorted(by: { $0.key < $1.key }) {
            let selector = own[0].selector
            if let unit = selector.units.first {
                try await UnitSender.send(own.map(\.text), as: unit, in: rig.folder, to: journald)
            } else if let name = selector.identifiers.first {
                Journald.send(own.lazy.map(\.text), identifier: name)
            } else {
                Issue.record("nobody sends \(selector)")
            }
        }
        await Self.expect(expected, in: rig)
        print("library through a running journald: \(lines.count) lines, \(expected.rules.count) rules, each found")
    }

    private func withKernelLinesUnlimited(_ body: () async throws -> Void) async throws {
        let path = "/proc/sys/kernel/printk_devkmsg"
        let before = try String(contentsOfFile: path, encoding: .utf8).filter(\.isLetter)
        func set(_ word: String) throws { _ = try Child.run(["/bin/sh", "-c", "echo \(word) > \(path)"]) }
        try set("on")
        do { try await body() } catch {
            try set(before)
            throw error
        }
        try set(before)
    }

    /// The kernel keeps few lines: who writes waits until journald has them.
    private static func writeKernelLines(_ lines: [Line], _ journald: Journald) async throws {
        let handle = try #require(FileHandle(forWritingAtPath: "/dev/kmsg"))
        defer { try? handle.close() }
        let kernel = lines.filter { $0.selector == .kernel || $0.selector == .kmsg }
        for start in stride(from: 0, to: kernel.count, by: 200) {
            for line in kernel[start..<min(start + 200, kernel.count)] {
                // The kernel marks what comes by its device as a user's, and of those journald takes the first word for
                // a program's name: with this one the entry is as of a line of the kernel's own.
                try handle.write(contentsOf: Data("<6>kernel: \(line.text)\n".utf8))
            }
            let mark = "ke-library \(UUID().uuidString) \(start)"
            try handle.write(contentsOf: Data("<6>\(mark)\n".utf8))
            #expect(try await eventually(seconds: 20) { try journald.holds(mark) }, "journald did not take a line in")
        }
    }
}

/// Writes lines as a service does: to the stream that journald gives it, from within the unit's cgroup.
private enum UnitSender {
    /// Where systemd keeps units: the unified hierarchy, or its own of version 1 beside that.
    private static var roots: [String] {
        let legacy = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"].filter { Machine.has($0) }
        return legacy.isEmpty ? ["/sys/fs/cgroup"] : legacy
    }

    static func send(
        _ lines: [String], as unit: String, in folder: TemporaryFolder, to journald: Journald
    ) async throws {
        let mark = "ke-library \(UUID().uuidString)"
        let file = try folder.write((lines + [mark]).map { $0 + "\n" }.joined(), to: "lines-\(unit)")
        let groups = roots.map { "\($0)/system.slice/\(unit)" }
        let enter = groups.map { "mkdir -p '\($0)' && echo $$ > '\($0)/cgroup.procs'" }.joined(separator: " && ")
        // The shell writes by itself and lives on: journald asks /proc of which unit a writer is.
        let script = try folder.write(
            "while IFS= read -r line; do printf '%s\\n' \"$line\"; done < '\(file)'\nexec sleep 60\n",
            to: "send-\(unit).sh")
        let child = try Child(
            ["/bin/sh", "-c", "\(enter) && exec systemd-cat --identifier=u --level-prefix=false sh '\(script)'"],
            log: file + ".log")
        #expect(try await eventually(seconds: 20) { try journald.holds(mark) }, "\(unit): \(child.log)")
        child.end(SIGKILL)
        _ = await eventually { !child.isRunning }
        for group in groups {
            rmdir(group)
            rmdir((group as NSString).deletingLastPathComponent)
        }
    }
}
