import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Wire

extension EndToEndSerialTests {
    /// 200,000 kernel lines: nothing that journald kept is missed, memory stays bounded.
    @Suite(.serialized, .enabled(if: Machine.runsJournald && Machine.writesKmsg)) struct Flood {
        private static let lines = 200_000
        private static let residentBytesMax = 96 << 20

        @Test func missesNothingThatJournaldKept() async throws {
            let before =
                (try? String(contentsOfFile: "/proc/sys/kernel/printk_devkmsg", encoding: .utf8)) ?? "ratelimit"
            _ = try Child.run(["/bin/sh", "-c", "echo on > /proc/sys/kernel/printk_devkmsg"])
            defer {
                _ = try? Child.run([
                    "/bin/sh", "-c", "echo \(before.filter(\.isLetter)) > /proc/sys/kernel/printk_devkmsg",
                ])
            }
            let journald = try Journald()
            #expect(await eventually { journald.isReady() })
            let rig = try Rig(agentArguments: ["--rules", Rig.shippedRules, "--kernel-log", "journal"])
            try await rig.start()
            #expect(await eventually { (try? await rig.snapshot()?.nodes.isEmpty) == false }, "\(rig.logs)")
            let mark = "flood\(Int.random(in: 1000...9999))"
            try await write(mark)
            let journal = journald.folderPath
            // The kernel's buffer keeps the newest lines: when the last is there, all is that journald will ever have.
            #expect(try await eventually(seconds: 60) { try journald.holds(Self.last(mark)) })
            let kept = try count("device \(mark)", journal)
            #expect(kept > 0)
            var peak = 0
            func found() async -> Int {
                peak = max(peak, rig.agent?.residentBytes ?? 0)
                return
                    (try? await rig.findings("NodeExt4Error").filter { $0.detection.subject == mark }.reduce(0) {
                        $0 + $1.count
                    }) ?? 0
            }
            #expect(await eventually(seconds: 90) { await found() >= kept }, "\(kept) expected; \(rig.logs)")
            #expect(await found() == kept)
            #expect(peak < Self.residentBytesMax, "\(peak) bytes resident, the mapped journal included")
            print(
                "flood: \(Self.lines) lines written, \(kept) of \(Self.lines / 100) failures kept by journald, all found; agent's peak \(peak >> 20) MiB"
            )
            let missed = try count("Missed", journal)
            if missed > 0 {
                #expect(
                    await eventually { (try? await rig.findings("LogGap").isEmpty) == false },
                    "journald said it missed lines; the report must too")
            }
        }

        private static func last(_ mark: String) -> String { "\(mark) is over" }

        private func write(_ mark: String) async throws {
            var pace = Pace(every: .milliseconds(10))
            let handle = try #require(FileHandle(forWritingAtPath: "/dev/kmsg"))
            defer { try? handle.close() }
            for index in 0..<Self.lines {
                let line =
                    index % 100 == 50
                    ? "EXT4-fs error (device \(mark)): ext4_find_entry:\(index): inode #2: comm flood"
                    : "healthy kernel line number \(index)"
                try handle.write(contentsOf: Data("<6>\(line)\n".utf8))
                // The kernel buffers some 2,700 lines; without a breath journald sees only the last.
                if index % 500 == 0 { try await pace.next() }
            }
            try handle.write(contentsOf: Data("<6>\(Self.last(mark))\n".utf8))
        }

        private func count(_ text: String, _ journal: String) throws -> Int {
            let (_, output) = try Child.run([
                "/bin/sh", "-c", "journalctl -q --directory \(journal) -o cat | grep -c '\(text)'",
            ])
            return Int(output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        }
    }
}
