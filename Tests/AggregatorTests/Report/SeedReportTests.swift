import Foundation
import TestSupport
import Testing

@testable import KubernetesAPI
@testable import Platform
@testable import Report

/// The report that the product grew out of: the rows that its documentation shows, literally.
@Suite struct SeedReportTests {
    private func file(_ name: String) throws -> String {
        try String(contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/\(name)"), encoding: .utf8)
    }

    @Test(arguments: ["seed", "seed-workloads", "seed-rule"]) func printsTheSeedsTables(_ name: String) throws {
        let fixture = try CheckFixture(check: "", name: name, text: try file("\(name).yaml"))
        var options = ReportOptions()
        options.windowSeconds = fixture.windowSeconds
        let report = ReportBuilder(state: fixture.evaluated(), options: options).build()
        // The sample's zone; the formatter itself goes by TZ.
        let text = TableFormat(isWide: false).render(report, ReportLayout(hasHeader: false))
        let expected = try file("\(name).txt").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let shown = text.split(separator: "\n", omittingEmptySubsequences: false).map { Self.inShanghai(String($0)) }
        for (got, wanted) in zip(shown, expected) { #expect(got == wanted) }
        #expect(shown.count == expected.count - 1, "\(shown.count) lines")
    }

    /// UTC times as `+08:00`, at the same place; the columns are then five characters wider, as they are there.
    private static func inShanghai(_ line: String) -> String {
        var line = line
        while let match = line.firstMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) {
            guard let time = KubernetesTime.parse(String(match.output)) else { break }
            let shifted = (time + 8 * 3600).utcRFC3339.dropLast() + "+08:00"
            line.replaceSubrange(match.range, with: shifted)
        }
        guard let title = line.firstRange(of: /HEARTBEATTIME|EVENTTIME|TIME/), !line.contains("+08:00") else {
            return line
        }
        let word = String(line[title])
        return line.replacingCharacters(in: title, with: word + "     ")
    }
}
