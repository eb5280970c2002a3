import Testing

@testable import CLI
@testable import CheckModel
@testable import Checks
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

/// The API forgets its Events; what it has forgotten is not observed, and never healthy.
@Suite struct EventReachTests {
    private func fixture(events ages: [String], window: String) throws -> CheckFixture {
        let events = ages.enumerated().map { index, age in
            """
            ---
            kind: Event
            metadata: { name: e\(index), namespace: shop, creationTimestamp: '@\(age)' }
            involvedObject: { kind: Pod, namespace: shop, name: web }
            reason: Odd
            type: Warning
            message: something odd
            lastTimestamp: '@\(age)'
            """
        }
        let text = "kind: Scenario\nwindow: \(window)\n" + events.map { $0 + "\n" }.joined()
        return try CheckFixture(check: "", name: "t", text: text)
    }

    private func gaps(_ state: EvaluatedState) -> [ObservationGap] {
        state.gaps.filter { $0.reason == .truncated && $0.detail.contains("events reach back") }
    }

    private static var eventChecks: Set<String> { Set(CheckList.all.filter { $0 is any EventCheck }.map(\.id)) }

    @Test func anHourIsKnown() throws {
        let fixture = try fixture(events: ["-5m"], window: "1h")
        let state = fixture.evaluated()
        #expect(state.eventsSince == fixture.now - 3600)
        #expect(gaps(state).isEmpty)
    }

    @Test func theRestOfAWiderWindowIsNotObserved() throws {
        let fixture = try fixture(events: ["-5m"], window: "24h")
        let state = fixture.evaluated()
        #expect(Set(gaps(state).map(\.check)) == Self.eventChecks)
        #expect(gaps(state).first?.detail == "the API's events reach back 1h of 1d")
        #expect(gaps(state).first?.since == fixture.now - 86_400)
        let report = ReportBuilder(state: state, options: ReportOptions(windowSeconds: 86_400)).build()
        #expect(report.cluster.eventsSince == ReportTime(fixture.now - 3600))
        let lines = TableFormat(isWide: false).render(report, ReportLayout()).split(separator: "\n")
        #expect(lines.first?.contains("events of the last 1h") == true)
        #expect(lines.contains { $0.contains("truncated") })
        #expect(report.exitStatus(failOn: .fatal) == 3)
        let chinese = TableFormat(isWide: false).render(report, ReportLayout(language: .zh))
        #expect(chinese.contains("事件可追溯 1h"))
    }

    /// An older one that is still there shows that the API server keeps them for longer.
    @Test func olderEventsReachFurther() throws {
        let state = try fixture(events: ["-5m", "-5h"], window: "4h").evaluated()
        #expect(gaps(state).isEmpty)
        let wider = try fixture(events: ["-5m", "-5h"], window: "6h").evaluated()
        #expect(gaps(wider).first?.detail == "the API's events reach back 5h of 6h")
    }

    /// One that was written just now and says that it is old shows nothing.
    @Test func eventsThatAreDatedBackProveNothing() throws {
        let text = """
            kind: Scenario
            window: 4h
            ---
            kind: Event
            metadata: { name: e, namespace: shop, creationTimestamp: '@-1m' }
            involvedObject: { kind: Pod, namespace: shop, name: web }
            reason: Odd
            type: Warning
            message: something odd
            lastTimestamp: '@-5h'
            """
        let state = try CheckFixture(check: "", name: "t", text: text).evaluated()
        #expect(gaps(state).first?.detail == "the API's events reach back 1h of 4h")
    }

    @Test func checksThatAreOffHaveNoGap() throws {
        let fixture = try fixture(events: [], window: "4h")
        #expect(gaps(fixture.evaluated()).count == Self.eventChecks.count)
        var settings = fixture.settings
        settings.skip.insert("WarningEvent")
        let state = Evaluation(
            index: fixture.index, snapshot: nil, settings: settings, now: fixture.now, windowSeconds: 14_400
        ).run()
        #expect(Set(gaps(state).map(\.check)) == Self.eventChecks.subtracting(["WarningEvent"]))
    }

    @Test func theTimelineSaysItToo() {
        var timeline = Timeline(
            object: "node/n1", state: "", causes: [], pods: 0, lost: [], common: [], changes: [], entries: [], gaps: [])
        #expect(!TimelineText.render(timeline).contains("EVENTS"))
        timeline.eventsSince = ReportTime(Timestamp(seconds: 1_767_265_200))
        #expect(TimelineText.render(timeline).contains("EVENTS  all are known since"))
    }
}
