import Findings
import Foundation
import Platform
import Report

/// What `report -w` shows on a terminal, and what its keys do. Pure: reports and keys go in, lines and wishes come out.
struct WatchView {
    /// What a key asks for, beyond another look of the screen.
    enum Wish: Equatable {
        case quit
        /// The timeline of the incident, as `why` takes it.
        case why(String)
        /// Hide the check for this object for a while, for a reason.
        case silence(Report.Incident, reason: String)
    }

    private enum Mode: Equatable {
        case list
        case filter
        case silence
        /// A text over the list, from a line on.
        case text([String], Int)
    }

    private static let filterCharactersMax = 100

    private(set) var filter = ""
    private var typed = ""
    private var mode = Mode.list
    /// The id of the chosen incident; it stays chosen when others come and go.
    private var chosen = ""
    private var note = ""
    private var report: ReportContent?
    private var layout: ReportLayout

    init(_ layout: ReportLayout) { self.layout = layout }

    var language: Language { layout.language }

    // MARK: What happens

    mutating func show(_ report: ReportContent) { self.report = report }
    /// A line at the end: why nothing new came, what a command answered.
    mutating func say(_ text: String) { note = TextSafety.printable(text) }

    mutating func open(_ text: String, columns: Int) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
            TerminalWidth.lines(TextSafety.printable(String($0)), columns: max(20, columns))
        }
        mode = .text(lines, 0)
        note = ""
    }

    /// - Parameter rows: of the screen.
    mutating func press(_ key: KeyDecoder.Key, rows: Int) -> Wish? {
        if key == .interrupt { return .quit }
        switch mode {
        case .filter: type(key) { $0.filter = $0.typed }
        case .silence:
            var wish: Wish?
            type(key) { view in
                guard let incident = view.current, !view.typed.isEmpty else { return }
                wish = .silence(incident, reason: view.typed)
            }
            return wish
        case .text(let lines, let top): scroll(key, lines, top, rows)
        case .list: return choose(key, rows)
        }
        return nil
    }

    private mutating func type(_ key: KeyDecoder.Key, done: (inout WatchView) -> Void) {
        switch key {
        case .character(let character) where typed.count < Self.filterCharactersMax: typed.append(character)
        case .backspace: typed = String(typed.dropLast())
        case .escape: mode = .list
        case .enter:
            done(&self)
            mode = .list
        default: break
        }
    }

    private mutating func scroll(_ key: KeyDecoder.Key, _ lines: [String], _ top: Int, _ rows: Int) {
        let page = max(1, rows - 2), last = max(0, lines.count - page)
        func to(_ line: Int) -> Mode { .text(lines, min(max(0, line), last)) }
        switch key {
        case .up, .character("k"): mode = to(top - 1)
        case .down, .character("j"): mode = to(top + 1)
        case .pageUp: mode = to(top - page)
        case .pageDown, .character(" "): mode = to(top + page)
        case .home: mode = to(0)
        case .end: mode = to(last)
        case .escape, .enter, .character("q"): mode = .list
        default: break
        }
    }

    private mutating func choose(_ key: KeyDecoder.Key, _ rows: Int) -> Wish? {
        let incidents = incidents
        let place = incidents.firstIndex { $0.id == chosen } ?? 0
        func move(_ by: Int) -> String {
            incidents.isEmpty ? "" : incidents[min(max(0, place + by), incidents.count - 1)].id
        }
        note = ""
        switch key {
        case .up, .character("k"): chosen = move(-1)
        case .down, .character("j"): chosen = move(1)
        case .pageUp: chosen = move(-max(1, rows / 3))
        case .pageDown, .character(" "): chosen = move(max(1, rows / 3))
        case .home: chosen = move(-incidents.count)
        case .end: chosen = move(incidents.count)
        case .enter: return current.map { .why($0.action?.why ?? $0.id) }
        case .character("/"):
            typed = filter
            mode = .filter
        case .character("s"):
            typed = ""
            if current != nil { mode = .silence }
        case .escape: filter = ""
        case .character("q"): return .quit
        default: break
        }
        return nil
    }

    // MARK: What is seen

    private var incidents: [Report.Incident] {
        guard let report else { return [] }
        if filter.isEmpty { return Array(report.incidents) }
        return report.incidents.filter { incident in
            [incident.object, incident.cause, incident.summary, incident.severity.rawValue].contains {
                $0.localizedStandardContains(filter)
            }
        }
    }

    private var current: Report.Incident? {
        let incidents = incidents
        return incidents.first { $0.id == chosen } ?? incidents.first
    }

    /// The whole screen; never more lines than rows, none wider than the terminal.
    func lines(columns: Int, rows: Int) -> [String] {
        if case .text(let lines, let top) = mode {
            let page = max(1, rows - 2)
            return Array(lines.dropFirst(top).prefix(page)) + ["", fit(words.textKeys, columns)]
        }
        guard let report else { return [fit(words.reading, columns)] }
        var layout = layout
        layout.width = columns
        var narrow = layout
        narrow.width = columns - 1
        let overview = ReportOverview(report, layout)
        let head = overview.header()
        let foot = fit(footer, columns)
        let room = max(1, rows - head.count - 2)
        var body: [String] = []
        let blocks = IncidentBlocks(report, narrow)
        let incidents = incidents
        let place = incidents.firstIndex { $0.id == chosen } ?? 0
        if incidents.isEmpty {
            body = filter.isEmpty ? overview.folded() : [fit(words.nothingMatches, columns)]
        } else {
            // The chosen one is whole; the others take a line each, as many as fit around it.
            let whole = blocks.block(incidents[place])
            let others = max(0, room - whole.count)
            let before = min(place, max(others / 2, others - (incidents.count - 1 - place)))
            let after = min(incidents.count - 1 - place, others - before)
            body = incidents[(place - before)..<place].map { " " + blocks.line($0) }
            body += whole.enumerated().map { $0 == 0 ? ">" + $1 : " " + $1 }
            body += incidents[(place + 1)..<(place + 1 + after)].map { " " + blocks.line($0) }
        }
        let shown = Array(body.prefix(room))
        return Array(
            (head + [""] + shown + Array(repeating: "", count: max(0, room - shown.count)) + [foot]).suffix(rows))
    }

    private var footer: String {
        switch mode {
        case .filter: "/\(typed)"
        case .silence: "\(words.silenceReason)\(typed)"
        default:
            note.isEmpty ? words.listKeys + (filter.isEmpty ? "" : "   /\(filter)") : note
        }
    }

    private func fit(_ text: String, _ columns: Int) -> String { TerminalWidth.cut(text, columns: columns) }
    var words: WatchWords { WatchWords(language: layout.language) }
}

/// The words of the screen's own lines.
struct WatchWords {
    let language: Language

    private func pick(_ en: String, _ zh: String) -> String { language == .zh ? zh : en }

    var reading: String { pick("Reading the cluster …", "正在读取集群 …") }
    var nothingMatches: String { pick("No incident matches the filter; esc clears it.", "没有匹配的故障；按 esc 清除过滤。") }
    var listKeys: String {
        pick("↑↓ choose   enter why   / filter   s silence   q quit", "↑↓ 选择   回车 详情   / 过滤   s 静默   q 退出")
    }
    var textKeys: String { pick("↑↓ scroll   q back", "↑↓ 滚动   q 返回") }
    var silenceReason: String { pick("Silence for 4h; reason (enter to confirm): ", "静默 4 小时，原因（回车确认）：") }
    func notOneObject(_ check: String) -> String {
        pick(
            "This incident is about several objects: `ke silence \(check)` hides what you name.",
            "该故障涉及多个对象：请用 `ke silence \(check)` 指定要静默的对象。")
    }
}
