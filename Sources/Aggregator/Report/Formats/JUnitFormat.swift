import Findings
import Platform

/// A JUnit report, which every CI server shows: a suite per check, a failed case per place that fails, one passed case
/// for objects that are healthy, and a skipped case for what was not observed, with its reason.
struct JUnitFormat: ReportFormat {
    let id = "junit"
    let summary = "JUnit XML, a test case per place that fails, for CI servers"
    let mediaType = "application/xml"
    let showsDetail = true
    let timesAreLocal = false

    private struct Suite {
        var failed: [String] = []
        var skipped: [String] = []
        var passed: [String] = []
    }

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        var suites: [String: Suite] = [:]
        for item in report.findings {
            for found in FlatFinding.all(of: item) {
                suites[found.check, default: Suite()].failed.append(Self.failure(found, item, report))
            }
        }
        for gap in report.unobserved {
            let text = "not observed: \(gap.reason.rawValue)\(gap.detail.isEmpty ? "" : ", \(gap.detail)")"
            suites[gap.check, default: Suite()].skipped.append(
                Self.testCase(
                    gap.check, gap.scope, "      <skipped message=\"\(Self.attribute(text))\"/>"))
        }
        for count in report.checks where count.healthy > 0 {
            suites[count.id, default: Suite()].passed.append(
                "    <testcase classname=\"\(Self.attribute(count.id))\" name=\"\(counted(count.healthy, "healthy object"))\"/>"
            )
        }
        let all = suites.sorted { Bytewise.precedes($0.key, $1.key) }
        func total(_ path: (Suite) -> Int) -> Int { all.reduce(0) { $0 + path($1.value) } }
        let time = report.generatedAt.description
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"\(Self.attribute("KubeEye \(report.cluster.name)"))\" tests=\"\(total { $0.failed.count + $0.skipped.count + $0.passed.count })\" failures=\"\(total { $0.failed.count })\" skipped=\"\(total { $0.skipped.count })\" errors=\"0\">",
        ]
        for (id, suite) in all {
            let cases = suite.failed + suite.skipped + suite.passed
            lines.append(
                "  <testsuite name=\"\(Self.attribute(id))\" tests=\"\(cases.count)\" failures=\"\(suite.failed.count)\" skipped=\"\(suite.skipped.count)\" errors=\"0\" timestamp=\"\(Self.attribute(time))\">"
            )
            lines += cases
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n")
    }

    private static func failure(_ found: FlatFinding, _ item: Report.Item, _ report: ReportContent) -> String {
        let object = found.objectText
        let name = found.container.isEmpty ? object : "\(object) \(found.container)"
        let place = found.place.map { "\($0.file):\($0.line):\($0.column)" }
        let fix = report.fixText(found.alias)
        let body = [
            place ?? "", found.message, fix.isEmpty ? found.remedy : fix,
            "first \(item.first), last \(item.last)",
        ].filter { !$0.isEmpty }.map(text).joined(separator: "\n")
        // Acknowledged trouble does not fail a run.
        if !found.acknowledgedBy.isEmpty {
            let note = attribute("acknowledged by \(found.acknowledgedBy): \(found.message)")
            return testCase(
                found.check, name, "      <system-out>\(note) first \(item.first), last \(item.last)</system-out>")
        }
        let file = found.place.map { " file=\"\(attribute($0.file))\" line=\"\($0.line)\"" } ?? ""
        return testCase(
            found.check, name.isEmpty ? report.cluster.name : name,
            "      <failure type=\"\(found.severity.rawValue)\" message=\"\(attribute(found.message))\">\(body)</failure>",
            file)
    }

    private static func testCase(_ check: String, _ name: String, _ inside: String, _ more: String = "") -> String {
        "    <testcase classname=\"\(attribute(check))\" name=\"\(attribute(name))\"\(more)>\n\(inside)\n    </testcase>"
    }

    static func attribute(_ value: String) -> String { text(value) }

    /// Of characters that XML 1.0 permits (§2.2).
    static func text(_ value: String) -> String {
        TextSafety.printable(value).unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
