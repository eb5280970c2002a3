import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Host
@testable import LogSources
@testable import Platform
@testable import RuleEngine

/// Every form of rotation, with the reader there, away, or in the middle: each line once, in order, and what is lost is
/// a gap.
@Suite struct FileRotationTests {
    private let folder: TemporaryFolder
    private var log: String { folder.path + "/a.log" }

    init() throws { folder = try TemporaryFolder() }

    private func source() throws -> FileSource {
        try FileSource(format: .init(path: log), host: HostRoot(), clock: SystemClock())
    }

    private func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: folder.path + "/" + from, toPath: folder.path + "/" + to)
    }

    /// As logrotate does it with `create`: `a.log.1` becomes `a.log.2`, `a.log` becomes `a.log.1`.
    private func rotate(_ text: String) throws {
        for number in stride(from: 5, through: 1, by: -1) {
            for ending in ["", ".gz"] where FileManager.default.fileExists(atPath: log + ".\(number)\(ending)") {
                try move("a.log.\(number)\(ending)", "a.log.\(number + 1)\(ending)")
            }
        }
        try move("a.log", "a.log.1")
        try folder.write(text, to: "a.log")
    }

    private func copyAndTruncate() throws {
        for number in stride(from: 5, through: 1, by: -1)
        where FileManager.default.fileExists(atPath: log + ".\(number)") {
            try move("a.log.\(number)", "a.log.\(number + 1)")
        }
        try FileManager.default.copyItem(atPath: log, toPath: log + ".1")
        try truncate()
    }

    private func truncate(_ text: String = "") throws {
        let handle = try FileHandle(forWritingTo: folder.url.appending(path: "a.log"))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    /// Reads `count` lines from the beginning.
    private func first(_ count: Int) async throws -> CollectingSink.Contents {
        try await source().collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.lines.count == count })
    }

    private func rest(after position: String?, _ count: Int) async throws -> CollectingSink.Contents {
        try await source().collect(
            from: .after(try #require(position)), into: CollectingSink { $0.lines.count >= count && $0.caughtUp > 1 })
    }

    /// The rotated file may have been written to after it was last read.
    @Test func whatWasRotatedAndIsGoneIsAGap() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let text = try await first(1).lines.first?.position ?? ""
        var position = try #require(FilePosition(text))
        position.earlier = .init(
            FilePosition(device: 1, inode: 1, offset: 9, head: "gone", length: 9, generation: 0))
        let got = try await rest(after: position.text, 1)
        #expect(got.lines.map(\.text) == ["2"])
        #expect(got.gaps.count == 1)
        #expect(got.gaps.first?.reason.contains("written to that late may be lost") == true, "\(got.gaps)")
    }

    @Test func severalRotationsWhileNobodyReads() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try rotate("3\n4\n")
        try rotate("5\n")
        try rotate("6\n")
        let got = try await rest(after: position, 5)
        #expect(got.lines.map(\.text) == ["2", "3", "4", "5", "6"])
        #expect(got.gaps.isEmpty)
    }

    @Test func rotationByDate() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try move("a.log", "a.log-20261126")
        try folder.write("3\n", to: "a.log")
        try move("a.log", "a-20261127.log")
        try folder.write("4\n", to: "a.log")
        // A log of its own that begins alike.
        try folder.write("other\n", to: "a.log.debug")
        try folder.write("other\n", to: "a-debug.log")
        let got = try await rest(after: position, 3)
        #expect(got.lines.map(\.text) == ["2", "3", "4"])
        #expect(got.gaps.isEmpty)
    }

    @Test func aWriterThatGoesOnInTheRenamedFile() async throws {
        try folder.write("1\n", to: "a.log")
        let sink = CollectingSink { $0.lines.count == 5 }
        async let reading = try source().collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 1 })
        try rotate("")
        try folder.append("2\n", to: "a.log.1")
        #expect(await eventually { sink.texts.count == 2 })
        try folder.append("3\n", to: "a.log")
        #expect(await eventually { sink.texts.count == 3 })
        try folder.append("4\n", to: "a.log.1")
        #expect(await eventually { sink.texts.count == 4 })
        try folder.append("5\n", to: "a.log")
        #expect(try await reading.lines.map(\.text) == ["1", "2", "3", "4", "5"])
    }

    /// Late lines of the renamed file are neither lost nor read twice over a restart.
    @Test func aRestartWhileTheRenamedFileIsStillWrittenTo() async throws {
        try folder.write("1\n", to: "a.log")
        let sink = CollectingSink { $0.lines.count == 3 }
        async let reading = try source().collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 1 })
        try rotate("2\n")
        #expect(await eventually { sink.texts.count == 2 })
        try folder.append("3\n", to: "a.log.1")
        let position = try await reading.lines.last?.position
        try folder.append("4\n", to: "a.log.1")
        try folder.append("5\n", to: "a.log")
        let got = try await rest(after: position, 2)
        #expect(Set(got.lines.map(\.text)) == ["4", "5"])
        #expect(got.lines.count == 2)
        #expect(got.gaps.isEmpty)
    }

    @Test func copyAndTruncateOfUnreadLines() async throws {
        try folder.write("1\n2\n3\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try copyAndTruncate()
        try folder.append("4\n", to: "a.log")
        try copyAndTruncate()
        try folder.append("5\n", to: "a.log")
        let got = try await rest(after: position, 4)
        #expect(got.lines.map(\.text) == ["2", "3", "4", "5"])
        #expect(got.gaps.isEmpty)
    }

    @Test func copyAndTruncateRightAfterEachLine() async throws {
        try folder.write("0\n", to: "a.log")
        let sink = CollectingSink { $0.lines.count == 11 }
        async let reading = try source().collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 1 })
        for number in 1...5 {
            try folder.append("\(number)a\n", to: "a.log")
            try copyAndTruncate()
            try folder.append("\(number)b\n", to: "a.log")
            let wanted = 1 + 2 * number
            #expect(await eventually { sink.texts.count == wanted })
        }
        let got = try await reading
        #expect(got.lines.map(\.text) == ["0"] + (1...5).flatMap { ["\($0)a", "\($0)b"] })
        #expect(got.gaps.isEmpty)
    }

    @Test func truncationWithoutACopyIsAGap() async throws {
        try folder.write("1\n2\n3\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try truncate("4\n")
        let got = try await rest(after: position, 1)
        #expect(got.lines.map(\.text) == ["4"])
        #expect(got.gaps.count == 1)
    }

    /// The same first bytes, as with a header, and more than before: its size and its beginning give nothing away.
    @Test func refilledBeyondTheOldPlaceWithTheSameBeginning() async throws {
        let header = String(repeating: "# header\n", count: 40)
        try folder.write(header + "1\n2\n", to: "a.log")
        let position = try await first(41).lines.last?.position
        try truncate(header + "3, which is longer\n4\n5\n")
        let got = try await rest(after: position, 43)
        #expect(got.lines.map(\.text).suffix(3) == ["3, which is longer", "4", "5"])
        #expect(got.gaps.count == 1)
        // The same while it is read.
        let sink = CollectingSink { $0.lines.last?.text == "8" }
        async let reading = try source().collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 43 })
        try truncate(header + "6, which is as long as it takes\n7\n8\n")
        let live = try await reading
        #expect(live.lines.map(\.text).suffix(3) == ["6, which is as long as it takes", "7", "8"])
        #expect(live.gaps.count == 1)
    }

    @Test func aFileThatWasRemovedUnreadIsAGapAndLaterOnesAreRead() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try rotate("3\n")
        try rotate("4\n")
        try FileManager.default.removeItem(atPath: log + ".2")
        let got = try await rest(after: position, 2)
        #expect(got.lines.map(\.text) == ["3", "4"])
        #expect(got.gaps.count == 1)
    }

    @Test func compressedFilesAreNamedInTheGap() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try rotate("3\n")
        try move("a.log.1", "a.log.1.gz")
        try folder.write("\u{1F}", to: "a.log.1.gz")
        let got = try await rest(after: position, 1)
        #expect(got.lines.map(\.text) == ["3"])
        #expect(got.gaps.first?.reason.contains("compressed") == true)
    }

    private func gzip(_ name: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = [folder.path + "/" + name]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    /// As logrotate does it with `compress`, twice while nobody reads.
    @Test func rotatedFilesOfGzipAreReadOn() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let position = try await first(1).lines.first?.position
        try rotate("3\n4\n")
        try gzip("a.log.1")
        try rotate("5\n")
        try gzip("a.log.1")
        try rotate("6\n")
        let got = try await rest(after: position, 5)
        #expect(got.lines.map(\.text) == ["2", "3", "4", "5", "6"])
        #expect(got.gaps.isEmpty)
        let middle = got.lines[1].position
        #expect(try await rest(after: middle, 3).lines.map(\.text) == ["4", "5", "6"])
        #expect(try source().isCovered(got.lines[0].position, by: middle))
        #expect(try !source().isCovered(got.lines[3].position, by: middle))
    }

    /// Read to its end, compressed while the reader goes on: no line comes twice.
    @Test func aFileThatIsCompressedWhileItIsReadComesOnce() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let position = try await first(2).lines.last?.position
        try rotate("3\n")
        try FileManager.default.copyItem(atPath: log + ".1", toPath: folder.path + "/half")
        try gzip("half")
        try move("half.gz", "a.log.1.gz")
        #expect(try await rest(after: position, 1).lines.map(\.text) == ["3"], "what is being compressed is not whole")
        try FileManager.default.removeItem(atPath: log + ".1")
        let got = try await rest(after: position, 1)
        #expect(got.lines.map(\.text) == ["3"])
        #expect(got.gaps.isEmpty)
    }

    /// A store that was lost is filled again from all files of the time that is read again.
    @Test func readingFromATimeOnBeginsInTheRotatedFiles() async throws {
        try folder.write("1\n", to: "a.log")
        try rotate("2\n")
        try rotate("3\n")
        let got = try await source().collect(
            from: .since(Timestamp.now() - 3600), into: CollectingSink { $0.caughtUp > 1 })
        #expect(got.lines.map(\.text) == ["1", "2", "3"])
        let late = try await source().collect(
            from: .since(Timestamp.now() + 3600), into: CollectingSink { $0.caughtUp > 1 })
        #expect(late.lines.isEmpty)
    }

    /// What was read before, in an earlier file, is known to be when it is read again.
    @Test func aRecordOfAnEarlierFileIsCoveredByAPositionInALaterOne() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let sink = CollectingSink { $0.lines.count == 4 }
        async let reading = try source().collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 2 })
        try rotate("3\n4\n")
        let lines = try await reading.lines
        let positions = lines.map(\.position)
        let own = try source()
        for (index, position) in positions.enumerated() {
            for (other, committed) in positions.enumerated() {
                #expect(own.isCovered(position, by: committed) == (index <= other), "\(index) by \(other)")
            }
        }
        // Read again from the second record on, as after a restart.
        let again = try await source().collect(
            from: .at(positions[1]), into: CollectingSink { $0.lines.count == 3 })
        #expect(again.lines.map(\.text) == ["2", "3", "4"])
        #expect(again.lines.map { own.isCovered($0.position, by: positions[2]) } == [true, true, false])
    }

    /// The copy that was made before a truncation goes on where the original was.
    @Test func aRecordOfTheCopyIsCoveredAsThatOfTheOriginal() async throws {
        try folder.write("1\n2\n3\n", to: "a.log")
        let positions = try await first(2).lines.map(\.position)
        try copyAndTruncate()
        let again = try await source().collect(
            from: .at(positions[0]), into: CollectingSink { $0.lines.count == 3 })
        #expect(again.lines.map(\.text) == ["1", "2", "3"])
        let own = try source()
        #expect(again.lines.map { own.isCovered($0.position, by: positions[1]) } == [true, true, false])
    }

    @Test func theLastLineOfAFileAtRestIsReadWithoutItsBreak() async throws {
        try folder.write("1\n2", to: "a.log")
        let sink = CollectingSink { $0.lines.contains { $0.text == "2" } }
        async let reading = try source().collect(from: .since(Timestamp(microseconds: 0)), into: sink)
        #expect(await eventually { sink.texts.count == 1 })
        try rotate("3\n")
        try rotate("4\n")
        #expect(Set(try await reading.lines.map(\.text)).isSuperset(of: ["1", "2"]))
    }

    @Test func aPipeIsNotWaitedFor() async throws {
        #expect(mkfifo(log, 0o600) == 0)
        let got = try await source().collect(
            from: .since(Timestamp(microseconds: 0)), into: CollectingSink { $0.caughtUp > 1 })
        guard case .unobserved = got.health.last else {
            Issue.record("a pipe is read as a log")
            return
        }
    }

    /// Positions that an earlier version wrote.
    @Test func positionsOfFivePartsAreUnderstood() async throws {
        try folder.write("1\n2\n", to: "a.log")
        let text = try await first(1).lines.first?.position ?? ""
        let position = try #require(FilePosition(text))
        let old = "\(position.device):\(position.inode):\(position.offset):\(position.head):\(position.length)"
        let got = try await rest(after: old, 1)
        #expect(got.lines.map(\.text) == ["2"])
        #expect(got.gaps.isEmpty)
    }

    @Test func positionsAreReadAsTheyWereWritten() {
        var position = FilePosition(
            device: 1, inode: 2, offset: 30, head: "5-a", length: 4, generation: 7, tail: "6-b", written: 8)
        position.earlier = .init(FilePosition(device: 1, inode: 1, offset: 9, head: "", length: 0, generation: 6))
        #expect(FilePosition(position.text) == position)
        for bad in ["", "1", "1:2:3:4", "a:2:3::0", "1:2:-3::0", "1:2:3::4", "1:2:3::0:x::0", "1:2:3::0+1:2"] {
            #expect(FilePosition(bad) == nil, "\(bad)")
        }
    }
}
