import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

/// What every report format keeps to, whatever it looks like: a new one is covered by its line in `ReportFormats.all`.
@Suite struct ReportFormatContractTests {
    private static let ids = ReportFormats.all.map(\.id)

    private func format(_ id: String) throws -> any ReportFormat { try #require(ReportFormats.named(id)) }

    private func seed() throws -> Report {
        let text = try String(
            contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/seed.yaml"), encoding: .utf8)
        let fixture = try CheckFixture(check: "", name: "seed", text: text)
        var options = ReportOptions()
        options.windowSeconds = fixture.windowSeconds
        return ReportBuilder(state: fixture.evaluated(), options: options).build()
    }

    private func empty(_ name: String = "nothing") -> Report {
        let state = EvaluatedState(generatedAt: Timestamp(seconds: 1_767_268_800), clusterName: name)
        return ReportBuilder(state: state, options: ReportOptions()).build()
    }

    @Test func idsAreUniqueAndSummariesAreThere() {
        #expect(!Self.ids.isEmpty)
        #expect(Set(Self.ids).count == Self.ids.count)
        for format in ReportFormats.all { #expect(!format.summary.isEmpty, "\(format.id)") }
    }

    @Test(arguments: ids) func theSameReportGivesTheSameBytes(_ id: String) throws {
        let layout = ReportLayout()
        let text = try format(id).render(try seed(), layout)
        let again = try format(id).render(try seed(), layout)
        let other = try format(id).render(empty(), layout)
        #expect(again == text)
        #expect(other != text)
    }

    @Test(arguments: ids) func anEmptyReportIsWrittenToo(_ id: String) throws {
        for table in [nil, "nodes", "observability"] {
            for language in [Language.en, .zh] {
                let text = try format(id).render(empty(), ReportLayout(table: table, language: language))
                if table == nil { #expect(!text.isEmpty) }
                #expect(!text.hasSuffix("\n"), "print adds the last one")
            }
        }
    }

    @Test(arguments: ids) func controlCharactersOfStrangersDoNotReachIt(_ id: String) throws {
        let found = try controls(id, "evil\u{1B}[2J\u{7}\u{0}\r\n\t\u{9B}31m")
        let own = try controls(id, "evil")
        #expect(found == own, "a format's own are newlines, and tabs between cells")
        #expect(Set(own.keys).isSubset(of: ["\n", "\t"]))
    }

    /// Control characters of the report in which every foreign text is `odd`, with how often they occur.
    private func controls(_ id: String, _ odd: String) throws -> [Unicode.Scalar: Int] {
        var report = try seed()
        report.cluster.name = odd
        report.cluster.notes = [odd]
        for place in report.findings.indices {
            report.findings[place].message = odd
            report.findings[place].object.name = odd
            report.findings[place].reason = odd
        }
        for place in report.tables.nodes.indices { report.tables.nodes[place].message = odd }
        for place in report.tables.events.indices { report.tables.events[place].podName = odd }
        for place in report.tables.components.indices { report.tables.components[place].name = odd }
        let text = try format(id).render(report, ReportLayout())
        #expect(text.contains("evil"))
        return text.unicodeScalars.filter { $0.properties.generalCategory == .control }
            .reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test(arguments: ids) func coloursAreForTerminalsOnly(_ id: String) throws {
        let format = try format(id)
        let plain = try format.render(try seed(), ReportLayout())
        let coloured = try format.render(try seed(), ReportLayout(usesColour: true))
        #expect((coloured != plain) == format.fitsTerminal)
    }

    @Test(arguments: ids) func timesAreInTheZoneThatItSays(_ id: String) throws {
        let format = try format(id)
        let report = try seed()
        // Of findings, or of incidents where a format has those alone.
        let times = [report.findings.first?.last, report.incidents.first?.since].compactMap { $0 }
        #expect(times.count == 2)
        let text = try format.render(report, ReportLayout(limit: 0, localTime: format.timesAreLocal))
        guard format.showsTimes else { return }
        let written = times.map { format.timesAreLocal ? ReportLayout(localTime: true).time($0) : $0.description }
        #expect(written.contains { text.contains($0) })
    }

    @Test(arguments: ids) func programsGetOtherValuesToo(_ id: String) throws {
        let format = try format(id)
        let text = try format.render(value: ["clusters": ["a"]])
        #expect((text != nil) == ["json", "yaml"].contains(id), "others are made of reports only")
        if let text { #expect(text.contains("clusters")) }
    }
}
