import CheckModel
import Findings
import Platform
import Practice

/// One page that needs nothing but itself: no script, no picture, no other file. Of bounded size, so that it can be
/// sent by mail; what does not fit is counted, with the command that shows it.
struct HTMLFormat: ReportFormat {
    let id = "html"
    let summary = "one self-contained page, for mail and print"
    let mediaType = "text/html; charset=utf-8"
    let showsDetail = true

    /// Of the whole page.
    static let bytesMax = 300_000
    static let incidentBytesMax = 100_000
    static let practiceBytesMax = 70_000
    static let tableBytesMax = 18_000
    static let rowsMax = 200
    /// Of one text of somebody else.
    static let textBytesMax = 600
    /// Places of one check that are listed.
    static let placesMax = 20

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        var layout = layout
        layout.limit = layout.limit == 0 ? Self.rowsMax : min(layout.limit, Self.rowsMax)
        (layout.usesColour, layout.width, layout.usesAges) = (false, 0, false)
        let sections = ReportSections(report, layout, isWide: false)
        let words = HTMLWords(layout.language)
        let isWhole = layout.hasHeader && layout.table == nil
        var body: [String] = []
        if isWhole { body.append(header(report, sections, words)) }
        body.append("<main>")
        for section in sections.all() {
            body.append(
                section.id == "incidents"
                    ? incidents(report, sections, layout, words) : table(section, layout, words))
        }
        if isWhole {
            let practice = practice(report, layout, words)
            if !practice.isEmpty { body.append(practice) }
            body.append(next(sections, words))
        }
        body.append("</main>")
        let summary = report.summary
        let title = "KubeEye \(report.cluster.name): \(summary.fatal) fatal, \(summary.danger) danger"
        return """
            <!DOCTYPE html>
            <html lang="\(layout.language == .zh ? "zh-CN" : "en")">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>\(Self.text(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            \(body.joined(separator: "\n"))
            </body>
            </html>
            """
    }

    private func header(_ report: ReportContent, _ sections: ReportSections, _ words: HTMLWords) -> String {
        let summary = report.summary
        let counts: [(String, String, Int)] = [
            ("fatal", words.fatal, summary.fatal), ("danger", words.danger, summary.danger),
            ("warning", words.warning, summary.warning), ("info", words.notObserved, summary.unobserved),
        ]
        // The line of counts stands in the list.
        let lines = sections.header().filter { !$0.hasPrefix("FATAL ") }.map { line in
            let start = TextSafety.printable("KubeEye  \(report.cluster.name)  ")
            return line.hasPrefix(start) ? String(line.dropFirst(start.count)) : line
        }
        return """
            <header>
            <h1>KubeEye <span>\(Self.text(report.cluster.name))</span></h1>
            \(lines.map { "<p>\(Self.text($0))</p>" }.joined(separator: "\n"))
            <ul class="counts">\(counts.map { "<li><b class=\"\($0.2 > 0 ? $0.0 : "none")\">\($0.2)</b> \($0.1)</li>" }.joined())</ul>
            </header>
            """
    }

    // MARK: Parts

    private func incidents(
        _ report: ReportContent, _ sections: ReportSections, _ layout: ReportLayout, _ words: HTMLWords
    ) -> String {
        var list = BoundedHTML(bytesMax: Self.incidentBytesMax)
        for incident in report.incidents {
            let items = incident.findings.prefix(50).compactMap { sections.item($0) }
            let cause = items.first { $0.check == incident.cause || $0.alias == incident.cause } ?? items.first
            let proof = incident.proof?.lines(layout.language, linksMax: 5, time: layout.time) ?? []
            let remedy = incident.action?.remedy ?? cause?.remedy ?? ""
            let lost = incident.lost.prefix(10).joined(separator: ", ")
            var facts = [(words.since, layout.time(incident.since))]
            if !remedy.isEmpty { facts.append((words.remedy, remedy)) }
            if !lost.isEmpty { facts.append((words.lost, lost)) }
            let commands = (incident.action?.commands ?? []).prefix(2).map { layout.invocation.typed($0) }
            let pasted = commands.isEmpty ? "" : "<pre>\(commands.map(Self.text).joined(separator: "\n"))</pre>"
            let details =
                proof.isEmpty
                ? ""
                : "<details><summary>\(words.proof)</summary><ul>\(proof.map { "<li>\(Self.text($0))</li>" }.joined())</ul></details>"
            list.add(
                """
                <li class="\(incident.severity.rawValue)">
                <h3>\(Self.badge(incident.severity)) \(Self.text(incident.object))
                <span>\(Self.text(incident.cause))</span></h3>
                <p>\(Self.text(incident.summary))</p>
                <dl>\(facts.map { "<dt>\($0.0)</dt><dd>\(Self.text($0.1))</dd>" }.joined())</dl>
                \(pasted)\(details)</li>
                """)
        }
        return """
            <section aria-labelledby="incidents">
            <h2 id="incidents">\(words.title("incidents"))</h2>
            <ol class="incidents">
            \(list.text)
            </ol>
            \(list.left > 0 ? "<p>\(words.more(list.left)): <code>\(Self.text("\(layout.command) --table incidents --limit 0"))</code></p>" : "")
            </section>
            """
    }

    private func table(_ section: ReportSections.Section, _ layout: ReportLayout, _ words: HTMLWords) -> String {
        var out =
            "<section aria-labelledby=\"\(section.id)\">\n<h2 id=\"\(section.id)\">\(words.title(section.id))</h2>"
        for line in section.lines { out += "\n<p>\(Self.text(line))</p>" }
        if let table = section.table {
            let titles = table.columns.map(\.title)
            var rows = BoundedHTML(bytesMax: Self.tableBytesMax)
            for row in table.rows {
                rows.add(
                    "<tr>"
                        + zip(titles, row).map { title, cell in
                            let severity = Severity.allCases.first { title == "SEVERITY" && $0.title == cell }
                            return
                                "<td data-label=\"\(Self.text(title))\">\(severity.map(Self.badge) ?? Self.text(cell))</td>"
                        }.joined() + "</tr>")
            }
            let left = rows.left + table.left
            out += """

                <table aria-labelledby="\(section.id)">
                <thead><tr>\(titles.map { "<th scope=\"col\">\(Self.text($0))</th>" }.joined())</tr></thead>
                <tbody>
                \(rows.text)
                </tbody>
                </table>
                """
            if left > 0 {
                let command = "\(layout.command) --table \(section.id) --limit 0"
                out += "\n<p>\(words.more(left)): <code>\(Self.text(command))</code></p>"
            }
        }
        for line in section.trailer { out += "\n<p>\(Self.text(line))</p>" }
        return out + "\n</section>"
    }

    /// Best practice by check: what would satisfy it, and where it fails.
    private func practice(_ report: ReportContent, _ layout: ReportLayout, _ words: HTMLWords) -> String {
        struct Group {
            var first: FlatFinding
            var count = 0
            var places: [String] = []
        }
        var groups: [String: Group] = [:]
        for item in report.findings where !item.failures.isEmpty {
            for found in FlatFinding.all(of: item) {
                var group = groups[found.check] ?? Group(first: found)
                if found.severity > group.first.severity { group.first = found }
                group.count += 1
                if group.places.count < Self.placesMax {
                    let file = found.place.map { "\($0.file):\($0.line):\($0.column) " } ?? ""
                    group.places.append("\(file)\(found.objectText) \(found.path)")
                }
                groups[found.check] = group
            }
        }
        if groups.isEmpty { return "" }
        var list = BoundedHTML(bytesMax: Self.practiceBytesMax)
        for (check, group) in groups.sorted(by: {
            ($1.value.first.severity, $1.value.count, $0.key) < ($0.value.first.severity, $0.value.count, $1.key)
        }) {
            let title = PracticeCheckSet.builtIn.description(named: check)?.title(layout.language) ?? check
            let fix = report.fixText(group.first.alias)
            let more = group.count - group.places.count
            list.add(
                """
                <details><summary>\(Self.badge(group.first.severity))
                \(Self.text(group.first.alias)): \(Self.text(title)) (\(group.count))</summary>
                \(fix.isEmpty ? "" : "<pre>\(Self.text(fix))</pre>")<ul>\(group.places.map { "<li>\(Self.text($0))</li>" }.joined())</ul>
                \(more > 0 ? "<p>\(words.more(more))</p>" : "")</details>
                """)
        }
        return """
            <section aria-labelledby="practice">
            <h2 id="practice">\(words.title("practice"))</h2>
            \(list.text)
            \(list.left > 0 ? "<p>\(words.more(list.left))</p>" : "")
            </section>
            """
    }

    private func next(_ sections: ReportSections, _ words: HTMLWords) -> String {
        let commands = sections.next().map { line -> String in
            let line = line.hasPrefix("NEXT") ? String(line.dropFirst(4)) : line
            return String(line.drop { $0 == " " })
        }
        return """
            <section aria-labelledby="next">
            <h2 id="next">\(words.title("next"))</h2>
            <pre>\(commands.map(Self.text).joined(separator: "\n"))</pre>
            </section>
            """
    }

    private static func badge(_ severity: Severity) -> String {
        "<b class=\"\(severity.rawValue)\">\(severity.title)</b>"
    }

    /// A text and nothing but a text, in elements and in quoted attributes.
    static func text(_ text: String) -> String {
        let shown = TextSafety.cut(TextSafety.printable(text), bytesMax: textBytesMax)
        return shown.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

/// Parts up to a number of bytes; what no longer fits is counted.
private struct BoundedHTML {
    let bytesMax: Int
    private(set) var text = ""
    private(set) var left = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    mutating func add(_ part: String) {
        if left > 0 || text.utf8.count + part.utf8.count > bytesMax {
            left += 1
            return
        }
        text += (text.isEmpty ? "" : "\n") + part
    }
}

/// The page's own words.
struct HTMLWords {
    private let isChinese: Bool

    init(_ language: Language) { isChinese = language == .zh }

    var fatal: String { isChinese ? "致命" : "fatal" }
    var danger: String { isChinese ? "危险" : "danger" }
    var warning: String { isChinese ? "警告" : "warning" }
    var notObserved: String { isChinese ? "项检查未观测到" : "not observed" }
    var since: String { isChinese ? "开始时间" : "Since" }
    var remedy: String { isChinese ? "处理建议" : "What to do" }
    var lost: String { isChinese ? "已无可用副本" : "No replica left" }
    var proof: String { isChinese ? "依据" : "Why this is one incident" }
    func more(_ count: Int) -> String { isChinese ? "另有 \(count) 项" : "… \(count) more" }

    func title(_ section: String) -> String {
        switch section {
        case "incidents": isChinese ? "故障" : "Incidents"
        case "changes": isChinese ? "变化" : "Changes"
        case "nodes": isChinese ? "节点" : "Nodes"
        case "components": isChinese ? "控制平面组件" : "Components"
        case "events": isChinese ? "事件" : "Events"
        case "workloads": isChinese ? "工作负载" : "Workloads"
        case "certificates": isChinese ? "证书" : "Certificates"
        case "observability": isChinese ? "未观测到的检查" : "What was not observed"
        case "practice": isChinese ? "最佳实践" : "Best practice, by check"
        case "next": isChinese ? "下一步" : "Next"
        default: section
        }
    }
}
