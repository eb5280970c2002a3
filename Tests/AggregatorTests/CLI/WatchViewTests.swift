import Foundation
import TestSupport
import Testing

@testable import CLI
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

/// The screen of `report -w`: keys and reports in, lines out.
@Suite struct WatchViewTests {
    private func report(_ count: Int) -> ReportContent {
        let state = EvaluatedState(generatedAt: Timestamp(seconds: 1_767_268_800), clusterName: "prod")
        var report = ReportBuilder(state: state, options: ReportOptions()).build()
        report.incidents = (0..<count).map { number in
            Report.Incident(
                id: "id\(number)", severity: number == 0 ? .fatal : .danger,
                since: ReportTime(Timestamp(seconds: 1_767_268_800 - 60 * Double(number + 1))),
                object: "deployment/shop/web-\(number)", cause: "PodCrashLoop", summary: "container app restarted",
                findings: [], nodes: [], pods: 1, lost: [], common: [],
                action: .init(
                    finding: "f\(number)", message: "container app restarted \(number) times", scope: "",
                    because: "seen",
                    remedy: "", commands: ["kubectl -n shop logs web-\(number)"], why: "deploy/web-\(number) -n shop"))
        }
        return ReportContent(report)
    }

    private func view(_ count: Int) -> WatchView {
        var layout = ReportLayout()
        layout.usesAges = true
        var view = WatchView(layout)
        view.show(report(count))
        return view
    }

    @Test(arguments: [(80, 24), (120, 40), (40, 8), (20, 3), (200, 50)])
    func fitsEveryTerminal(_ columns: Int, _ rows: Int) {
        for count in [0, 1, 5, 300] {
            var view = view(count)
            for key in [KeyDecoder.Key.down, .down, .pageDown, .end, .up, .home] {
                _ = view.press(key, rows: rows)
                let lines = view.lines(columns: columns, rows: rows)
                #expect(lines.count <= rows)
                for line in lines where columns >= 40 && TerminalWidth.of(line) > columns {
                    Issue.record("wider than \(columns): \(line)")
                }
            }
        }
    }

    @Test func theWorstIsChosenAndWhole() {
        let text = view(3).lines(columns: 100, rows: 30).joined(separator: "\n")
        #expect(text.contains(">FATAL"))
        #expect(text.contains("do:   kubectl -n shop logs web-0"))
        #expect(!text.contains("logs web-1"), "the others take a line each")
        #expect(text.contains("web-2"))
    }

    @Test func enterAsksWhyOfTheChosenOne() {
        var view = view(3)
        _ = view.press(.down, rows: 30)
        #expect(view.press(.enter, rows: 30) == .why("deploy/web-1 -n shop"))
        #expect(view.press(.character("q"), rows: 30) == .quit)
        #expect(view.press(.interrupt, rows: 30) == .quit)
    }

    /// The chosen one stays chosen when a worse one comes before it.
    @Test func theChoiceFollowsTheIncident() {
        var view = view(3)
        _ = view.press(.down, rows: 30)
        var later = report(3).report
        later.incidents.insert(later.incidents[0], at: 0)
        later.incidents[0].id = "new"
        view.show(ReportContent(later))
        #expect(view.press(.enter, rows: 30) == .why("deploy/web-1 -n shop"))
    }

    @Test func aFilterHidesTheOthers() {
        var view = view(12)
        for key in [KeyDecoder.Key.character("/")] + "WEB-11".map({ .character($0) }) + [.enter] {
            _ = view.press(key, rows: 30)
        }
        let text = view.lines(columns: 100, rows: 30).joined(separator: "\n")
        #expect(text.contains("web-11"))
        #expect(!text.contains("web-10"))
        #expect(view.press(.enter, rows: 30) == .why("deploy/web-11 -n shop"))
        _ = view.press(.escape, rows: 30)
        #expect(view.lines(columns: 100, rows: 30).joined().contains("web-10"))
    }

    @Test func aSilenceNeedsAReason() {
        var view = view(1)
        _ = view.press(.character("s"), rows: 30)
        #expect(view.press(.enter, rows: 30) == nil)
        _ = view.press(.character("s"), rows: 30)
        for character in "known" { _ = view.press(.character(character), rows: 30) }
        guard case .silence(let incident, let reason)? = view.press(.enter, rows: 30) else {
            Issue.record("no silence")
            return
        }
        #expect(incident.id == "id0")
        #expect(reason == "known")
    }

    @Test func aTimelineScrollsAndCloses() {
        var view = view(1)
        view.open((0..<100).map { "line \($0)" }.joined(separator: "\n"), columns: 80)
        #expect(view.lines(columns: 80, rows: 10).first == "line 0")
        _ = view.press(.pageDown, rows: 10)
        #expect(view.lines(columns: 80, rows: 10).first == "line 8")
        _ = view.press(.end, rows: 10)
        #expect(view.lines(columns: 80, rows: 10).contains("line 99"))
        _ = view.press(.character("q"), rows: 10)
        #expect(view.lines(columns: 80, rows: 10).joined().contains("web-0"))
    }

    @Test func onlyChangedLinesAreDrawn() {
        var painter = ScreenPainter()
        let first = painter.paint(["a", "b", "c"], columns: 80, rows: 24)
        #expect(first.contains("\u{1B}[2J"))
        #expect(painter.paint(["a", "b", "c"], columns: 80, rows: 24) == "")
        #expect(painter.paint(["a", "x", "c"], columns: 80, rows: 24) == "\u{1B}[2;1Hx\u{1B}[K")
        #expect(painter.paint(["a"], columns: 80, rows: 24) == "\u{1B}[2;1H\u{1B}[K\u{1B}[3;1H\u{1B}[K")
        #expect(painter.paint(["a"], columns: 81, rows: 24).contains("\u{1B}[2J"), "another size is drawn anew")
    }

    @Test func keysAreDecoded() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0x1B, 0x5B, 0x41, 0x1B, 0x4F, 0x42]) == [.up, .down])
        #expect(decoder.decode([0x1B, 0x5B, 0x35, 0x7E]) == [.pageUp])
        #expect(decoder.decode([0x1B]) == [.escape])
        #expect(decoder.decode([0x0D, 0x7F, 0x03, 0x71]) == [.enter, .backspace, .interrupt, .character("q")])
        #expect(decoder.decode(Array("é中".utf8)) == [.character("é"), .character("中")])
        #expect(decoder.decode([0xE4, 0xB8]) == [])
        #expect(decoder.decode([0xAD]) == [.character("中")], "a character in two pieces")
        #expect(
            decoder.decode([0x1B, 0x5B, 0x39, 0x39, 0x7E, 0x61]) == [.character("a")], "keys of others are skipped")
        #expect(decoder.decode([0xFF, 0x61]) == [.character("a")])
    }
}
