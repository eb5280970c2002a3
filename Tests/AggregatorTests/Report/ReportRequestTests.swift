import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Report

/// The query of `GET /v1/report`: what one side writes, the other reads.
@Suite struct ReportRequestTests {
    private func pairs(_ query: String) -> [(key: String, value: String)] {
        query.split(separator: "&").map { part in
            let pieces = part.split(separator: "=", maxSplits: 1).map(String.init)
            return (pieces[0], (pieces.count > 1 ? pieces[1] : "").removingPercentEncoding ?? "")
        }
    }

    private func read(_ query: String) throws -> ReportRequest { try ReportRequest(query: pairs(query)) }

    private func problem(_ query: String) -> String? {
        do throws(ReportRequest.Problem) {
            _ = try ReportRequest(query: pairs(query))
            return nil
        } catch { return error.message }
    }

    @Test func whatIsWrittenIsRead() throws {
        var request = ReportRequest(format: "table", changesSeconds: 86_400, failOn: .danger)
        request.options.windowSeconds = 7200
        request.options.severity = .info
        request.options.node = "n/1"
        request.options.namespace = "shop"
        request.options.selector = "a in (b,c)"
        request.options.only = ["NodeCPU", "NodeDisk"]
        request.options.skip = ["NodePID"]
        request.options.language = "zh"
        request.options.hasDetail = false
        request.layout = ReportLayout(
            limit: 5, table: "nodes", hasHeader: false, command: "ke report --context a&b", usesColour: true,
            localTime: true, language: .zh)
        request.layout.utcOffsetSeconds = -12_600
        request.layout.width = 120
        #expect(try read(request.query) == request)
        #expect(try read(ReportRequest().query) == ReportRequest())
        let overview = ReportRequest(isOverview: true)
        #expect(try read(overview.query) == overview)
    }

    @Test func withoutParametersItIsWhatItAlwaysWas() throws {
        let plain = try read("")
        #expect(plain == ReportRequest())
        #expect(plain.format == nil)
        #expect(plain.options.hasDetail)
    }

    @Test func itTakesTheWordsOfTheCommandLine() throws {
        let typed = try read("since=3h&format=wide&limit=0&language=zh&table=events&width=80")
        #expect(typed.options.windowSeconds == 10_800)
        #expect(typed.format == "wide")
        #expect(typed.layout.limit == 0)
        #expect(typed.layout.language == .zh)
        #expect(typed.layout.table == "events")
        #expect(typed.layout.width == 80)
        #expect(typed.options.hasDetail, "a wide table shows it")
        #expect(try !read("format=table").options.hasDetail, "a table does not show it")
        #expect(try read("format=table&zone=3600").layout.localTime)
        #expect(try !read("format=json&zone=3600").layout.localTime, "programs get UTC")
        #expect(try !read("format=csv&colour=1").layout.usesColour, "colours are for terminals")
    }

    @Test(arguments: [
        "since=x", "since=99999999", "since=-1", "since=nan", "since=8d", "severity=bad", "selector=a%20b", "what=1",
        "node=", "namespace=", "limit=-1", "limit=1000001", "limit=ten", "width=-1", "width=10001", "format=xml",
        "table=all", "lang=fr", "detail=yes", "header=2", "colour=red", "zone=Berlin", "zone=99999", "command=",
        "newSince=kept.json", "failOn=all", "only=", "skip=,", "overview=2", "Since=1",
    ]) func aValueThatIsNotValidIsRefusedWithWhatWouldBe(_ query: String) throws {
        let said = try #require(problem(query))
        #expect(said.contains(String(query.prefix { $0 != "=" })))
        #expect(said.hasSuffix("."))
    }

    @Test(arguments: ["docs/usage.md", "docs/usage.zh.md"]) func everyParameterIsDocumented(_ path: String) throws {
        let text = try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
        #expect(ReportRequest.parameterNames.count > 15)
        for name in ReportRequest.parameterNames { #expect(text.contains("`\(name)`"), "\(name)") }
    }

    @Test func whatComesTwiceIsRefused() {
        #expect(problem("namespace=a&namespace=b") == "namespace is given twice.")
        #expect(problem("namespace=a&namespace=a") == "namespace is given twice.")
        #expect(problem("lang=en&language=zh") == "language is given twice.")
        #expect(problem("namespace=a&node=b") == nil)
    }

    @Test func textsAndListsHaveLimits() {
        let name = String(repeating: "n", count: ReportRequest.nameBytesMax)
        #expect(problem("node=\(name)") == nil)
        #expect(problem("node=\(name)n")?.contains("253") == true)
        #expect(problem("namespace=\(name)n") != nil)
        let command = String(repeating: "c", count: ReportRequest.commandBytesMax)
        #expect(problem("command=\(command)") == nil)
        #expect(problem("command=\(command)c") != nil)
        let selector = "a=" + String(repeating: "b", count: ReportRequest.selectorBytesMax)
        #expect(problem("selector=\(selector.urlEscaped)") != nil)
        let checks = Array(repeating: "c", count: ReportRequest.checksMax)
        #expect(problem("only=\(checks.joined(separator: ","))") == nil)
        #expect(problem("only=\((checks + ["c"]).joined(separator: ","))") != nil)
        #expect(problem("skip=\(name)n") != nil)
    }

    @Test func aNameThatIsNotKnownIsShownWithoutControlCharacters() {
        let odd = try? ReportRequest(query: [("a\u{1B}[2J", "1")])
        #expect(odd == nil)
        #expect(problem("%1B=1")?.contains("\u{1B}") == false)
    }
}
