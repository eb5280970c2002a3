import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice
@testable import Report

/// Formats that other programs read, read back.
@Suite struct ExchangeFormatTests {
    private static let manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          namespace: shop
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
                - name: a,b
                  image: nginx
                  securityContext:
                    privileged: true
        ---
        { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "one" },
          "spec": { "containers": [ { "name": "a", "image": "nginx" } ] } }
        """

    private func report(_ text: String = manifest, name: String = "a b.yaml") throws -> (report: Report, file: String) {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        var options = ReportOptions()
        options.hasFixes = true
        let report = try ManifestReport(paths: [file], settings: EvaluationSettings()).make(
            options, now: Timestamp(seconds: 1_767_268_800))
        return (report, file)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func sarifNamesFileLineAndColumn() throws {
        let (report, file) = try report()
        let log = try object(SarifFormat().render(ReportContent(report), ReportLayout()))
        #expect(log["version"] as? String == "2.1.0")
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == report.findings.reduce(0) { $0 + $1.failures.count })
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        for result in results {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
        }
        let privileged = try #require(
            results.first {
                $0["ruleId"] as? String == "PodSetRunAsPrivileged"
                    || $0["ruleId"] as? String == "PrivilegeEscalationAllowed"
                    || ($0["message"] as? [String: Any])?["text"].map { "\($0)".contains("privileged = true") } == true
            })
        let location = try #require(
            (privileged["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
        #expect(
            (location["artifactLocation"] as? [String: Any])?["uri"] as? String == "file://"
                + file.replacingOccurrences(of: " ", with: "%20"))
        #expect((location["region"] as? [String: Any])?["startLine"] as? Int == 16)
        #expect((location["region"] as? [String: Any])?["startColumn"] as? Int == 13)
        #expect(SarifFormat.uri("./a/b c.yaml") == "a/b%20c.yaml")
    }

    /// Whatever is proposed, once it is there, the place no longer fails, and everything else is as it was.
    @Test func fixesMakeTheirPlacesPass() throws {
        let (report, _) = try report()
        let places = report.findings.flatMap { item in item.failures.map { (item.object.name, $0) } }
        let fixable = places.filter { $0.1.fix != nil }
        #expect(Set(fixable.map(\.0)) == ["web", "one"], "both in blocks and in braces")
        #expect(fixable.count > 10)
        func key(_ name: String, _ place: Report.FailedPlace) -> String { "\(name) \(place.check) \(place.container)" }
        for (name, place) in fixable {
            let fix = try #require(place.fix)
            var lines = Self.manifest.components(separatedBy: "\n")
            let line = lines[fix.line - 1]
            let at = line.index(line.startIndex, offsetBy: fix.column - 1)
            lines[fix.line - 1] = line[..<at] + fix.text + line[at...]
            let again = try self.report(lines.joined(separator: "\n")).report
            #expect(again.unobserved.allSatisfy { $0.check != "manifests" }, "\(lines.joined(separator: "\n"))")
            let left = Set(again.findings.flatMap { item in item.failures.map { key(item.object.name, $0) } })
            #expect(!left.contains(key(name, place)), "\(place.alias): \(fix)")
            #expect(again.manifests?.objects == 2)
        }
    }

    private final class Counter: NSObject, XMLParserDelegate {
        var counts: [String: Int] = [:]
        var attributes: [String: [[String: String]]] = [:]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            counts[name, default: 0] += 1
            self.attributes[name, default: []].append(attributes)
        }
    }

    @Test func junitCountsWhatItHolds() throws {
        var report = try report().report
        report.unobserved.append(
            .init(
                check: "NodeDisk", scope: "n1", source: "", reason: .forbidden, since: .unknown,
                detail: "<no> \"rights\" & \u{1}more"))
        let text = JUnitFormat().render(ReportContent(report), ReportLayout())
        let parser = XMLParser(data: Data(text.utf8)), counter = Counter()
        parser.delegate = counter
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        let all = try #require(counter.attributes["testsuites"]?.first)
        #expect(all["tests"] == String(counter.counts["testcase"] ?? 0))
        #expect(all["failures"] == String(counter.counts["failure"] ?? 0))
        #expect(all["skipped"] == String(counter.counts["skipped"] ?? 0))
        #expect(counter.counts["failure"] == report.findings.reduce(0) { $0 + $1.failures.count })
        let reasons = counter.attributes["skipped"]?.compactMap { $0["message"] } ?? []
        #expect(reasons.contains("not observed: forbidden, <no> \"rights\" &  more"), "\(reasons)")
    }

    @Test func annotationsStayInTheirLine() throws {
        let text = GitHubFormat().render(ReportContent(try report(name: "a:b,c%.yaml").report), ReportLayout())
        let lines = text.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("::") })
        #expect(lines.contains { $0.contains("/a%3Ab%2Cc%25.yaml,line=16,col=13,title=") })
        #expect(GitHubFormat.data("100%\n::error::x") == "100%25 ::error::x")
        let issues = try #require(
            try JSONSerialization.jsonObject(
                with: Data(GitLabFormat().render(ReportContent(try report().report), ReportLayout()).utf8))
                as? [[String: Any]])
        #expect(issues.count > 10)
        #expect(Set(issues.compactMap { $0["fingerprint"] as? String }).count == issues.count)
        #expect(issues.allSatisfy { ["info", "major", "critical", "blocker"].contains($0["severity"] as? String) })
    }

    @Test func csvHasALinePerFailingCheck() throws {
        let report = try report().report
        let lines = CSVFormat().render(report, ReportLayout()).components(separatedBy: "\n")
        let checks = report.findings.reduce(0) { $0 + Set($1.failures.map(\.check)).count }
        #expect(lines.count == checks + 1)
        #expect(lines.contains { $0.contains(":16:13)") })
    }

    // MARK: The page

    @Test func thePageIsSmallForAnyCluster() throws {
        let findings = LargeFleet.findings(nodes: 800)
        let content = ReportBuilder(state: LargeFleet.state(findings, nodes: 800), options: ReportOptions()).content()
        for limit in [0, 20, 10_000] {
            let page = HTMLFormat().render(content, ReportLayout(limit: limit))
            #expect(page.utf8.count < HTMLFormat.bytesMax)
            #expect(page.utf8.count > 5_000)
        }
    }

    @Test func thePageIsWellFormedAndAlone() throws {
        var report = try report().report
        report.cluster.name = "<script>alert(1)</script>\" onload='x"
        for language in [Language.en, .zh] {
            let page = HTMLFormat().render(ReportContent(report), ReportLayout(language: language))
            for word in ["<script", "src=", "http:", "https:", "url(", "@import"] {
                #expect(!page.contains(word), "\(word)")
            }
            // Its markup is XML too, but for the head of HTML.
            let body = try #require(page.range(of: "<body>").map { page[$0.lowerBound...] })
            let parser = XMLParser(data: Data(body.replacingOccurrences(of: "</html>", with: "").utf8)),
                counter = Counter()
            parser.delegate = counter
            #expect(parser.parse(), "\(String(describing: parser.parserError)) \(parser.lineNumber)")
            #expect(counter.counts["h1"] == 1)
            #expect(counter.counts["main"] == 1)
            let ids = Set((counter.attributes["h2"] ?? []).compactMap { $0["id"] })
            for section in counter.attributes["section"] ?? [] {
                #expect(ids.contains(section["aria-labelledby"] ?? ""))
            }
            #expect(ids.count == counter.counts["h2"])
        }
    }
}
