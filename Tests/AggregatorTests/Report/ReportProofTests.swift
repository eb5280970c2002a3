import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

/// An incident says why it is one, wherever it is read.
@Suite struct ReportProofTests {
    private func report(_ name: String, language: String = "en", hasDetail: Bool = true) throws -> Report {
        let url = ScenarioTests.folder.appending(path: name + ".yaml")
        let fixture = try CheckFixture(check: "", name: name, text: try String(contentsOf: url, encoding: .utf8))
        var options = ReportOptions()
        options.language = language
        options.hasDetail = hasDetail
        return ReportBuilder(state: fixture.evaluated(), options: options).build()
    }

    @Test func aLinkHasBothEndsWithTheirTimesAndEvidence() throws {
        let incident = try #require(try report("joined.read-only-filesystem-and-io-errors-of-its-pods").incidents.first)
        let link = try #require(incident.proof?.links.first)
        #expect(link.cause.check == "NodeFilesystemReadOnly")
        #expect(link.effect.check == "PodIOError")
        #expect(link.mechanism == "device-io")
        #expect(link.scope == "device")
        #expect(link.cause.evidence == ["kmsg:b:1"])
        #expect(link.effect.evidence.first?.hasPrefix("event:shop/web-") == true)
        let began = try #require(link.cause.began)
        let effect = try #require(link.effect.began)
        #expect(began < effect)
        #expect(incident.proof?.notObserved.contains { $0.reason == "device" } == true, "\(incident)")
    }

    @Test func whatWasRuledOutIsSaidWithItsReason() throws {
        let report = try report("apart.file-system-error-after-a-missing-image-tag")
        let incident = try #require(report.incidents.first { $0.cause == "PodSetImagePullBackOff" })
        let other = try #require(incident.proof?.ruledOut.first)
        #expect(other.finding.check == "NodeExt4Error")
        #expect(other.reason == "later")
        #expect(other.seconds == 1200)
    }

    @Test func theWideTableAndTheTimelineSayIt() throws {
        let report = try report("joined.read-only-filesystem-and-io-errors-of-its-pods")
        let wide = TableFormat(isWide: true).render(report, ReportLayout())
        #expect(wide.contains("PROOF node/n1 NodeFilesystemReadOnly"))
        #expect(wide.contains("what reads or writes on a failing or read-only file system fails"))
        #expect(!TableFormat(isWide: false).render(report, ReportLayout()).contains("PROOF"))
    }

    /// A report is made in one language and may be read in another.
    @Test(arguments: ["en", "zh"]) func linesAreInTheReadersLanguage(_ made: String) throws {
        let report = try report("apart.file-system-error-after-a-missing-image-tag", language: made)
        let proof = try #require(report.incidents.first { $0.cause == "PodSetImagePullBackOff" }?.proof)
        func lines(_ language: Language) -> [String] { proof.lines(language, linksMax: 3, time: \.description) }
        #expect(lines(.en).contains { $0.hasPrefix("ruled out: NodeExt4Error") })
        #expect(lines(.zh).contains { $0.hasPrefix("已排除：NodeExt4Error") })
    }

    @Test func linksHaveALimit() throws {
        let report = try report("joined.readiness-failing-workload-roll-out-and-service")
        let proof = try #require(report.incidents.first?.proof)
        #expect(proof.links.count == 3)
        #expect(proof.lines(.en, linksMax: 1, time: \.description).contains("2 more effects"))
    }

    @Test func withoutDetailThereIsNone() throws {
        #expect(try report("joined.disk-full-evicts-pods", hasDetail: false).incidents.first?.proof == nil)
    }

    /// The worst is what somebody must act on, also where a milder finding leads.
    @Test func theSummarySaysTheWorstToo() throws {
        let incident = try #require(try report("joined.hung-disk-task-hangs-the-runtime").incidents.first)
        #expect(incident.severity == .fatal)
        #expect(incident.cause == "NodeDiskHardware")
        #expect(incident.summary.contains("NodeDockerHung node/n1"), "\(incident.summary)")
    }

    @Test func aDemonstrationSaysSoWhereverItIsRead() throws {
        let report = try report("apart.demo-line-leads-nothing")
        let incident = try #require(report.incidents.first { $0.cause == "NodeExt4Error" })
        #expect(incident.summary.hasPrefix("[demo] "))
        #expect(report.findings.first { $0.check == "NodeExt4Error" }?.message.hasPrefix("[demo] ") == true)
        #expect(report.tables.events.contains { $0.message.hasPrefix("[demo] EXT4") })
    }
}
