import Testing

@testable import Findings
@testable import Platform

@Suite struct CatalogueReaderTests {
    private func read(_ entry: String) -> CatalogueReader.Contents {
        let text = """
            apiVersion: ke/v1
            kind: Checks
            checks:
              - id: A
                table: nodes
                severity: danger
                title: { en: a, zh: 甲 }
                why: { en: a, zh: 甲 }
                when: { en: a, zh: 甲 }
                remedy: { en: a, zh: 甲 }
                trouble: storage
            \(entry)
            """
        return CatalogueReader.read(Array(text.utf8), file: "c.yaml")
    }

    @Test func readsAllFieldsOfAnEntry() throws {
        let contents = read(
            """
                observer: both
                causes: [volume, pod]
                rank: 160
                notReady: 3
                judges: [DiskPressure]
                subject: 'device (?P<subject>\\w+)'
                limits:
                  - { name: diskPercent, value: 90, unit: percent, of: agents, en: percent used, zh: 百分比 }
            """)
        #expect(contents.problems.isEmpty, "\(contents.problems)")
        let entry = try #require(contents.entries.first)
        #expect(entry.usesAgents)
        #expect(entry.causes == ["volume", "pod"])
        #expect(entry.rank == 160)
        #expect(entry.notReady == 3)
        #expect(entry.judges.map(\.type) == ["DiskPressure"])
        #expect(entry.subject(of: "device sda is gone") == "sda")
        #expect(entry.subject(of: "nothing").isEmpty)
        let limit = try #require(entry.limits.first)
        #expect(limit.isOfAgents)
        #expect(limit.meaning == LocalText("percent used", "百分比"))
    }

    @Test(arguments: [
        ("    observer: nobody", 12, "checks[0].observer"), ("    rank: 0", 12, "checks[0].rank"),
        ("    subject: '('", 12, "checks[0].subject"), ("    colour: red", 12, "checks[0].colour"),
        ("    limits:\n      - { name: n, value: x, unit: percent, en: a, zh: b }", 13, "checks[0].limits[0].value"),
        ("    limits:\n      - { name: n, value: 101, unit: percent, en: a, zh: b }", 13, "checks[0].limits[0].value"),
        ("    limits:\n      - { name: n, value: 1, unit: furlongs, en: a, zh: b }", 13, "checks[0].limits[0].unit"),
    ]) func mistakesHaveAPlace(_ entry: String, _ line: Int, _ field: String) {
        let problems = read(entry).problems
        #expect(problems.map(\.field) == [field], "\(problems)")
        #expect(problems.first?.mark.line == line)
    }
}
