import Foundation
import TestSupport
import Testing

@testable import AgentState
@testable import Host
@testable import LogReading
@testable import LogSources
@testable import Platform
@testable import RuleEngine

@Suite struct SourceFactoryTests {
    @Test func unitLogsOfAProfileFeedTheUnitsRules() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "etc/rancher/rke2/x")
        try FileManager.default.copyItem(
            at: Repository.root.appending(path: "rules/hosts.yaml"), to: folder.url.appending(path: "hosts.yaml"))
        var configuration = AgentConfiguration()
        configuration.rules = [folder.path]
        configuration.kernelLog = .kmsg
        let rules = RuleSet(texts: [
            (
                "k.yaml",
                Array(
                    "apiVersion: ke/v1\nkind: LogRules\nsource: { journald: { units: [kubelet.service] } }\nrules: [{ id: a, reason: A, pattern: x }]\n"
                        .utf8)
            )
        ])
        let factory = SourceFactory(
            configuration: configuration, host: HostRoot(folder.path), bootID: "b", clock: SystemClock())
        let ids = factory.sources(for: rules.groups, observations: ObservationTable {}).map(\.0.id)
        #expect(ids == ["journal", "file:/var/lib/rancher/rke2/agent/logs/kubelet.log"])
        let klog = try FileLineReader(
            .init(path: "", timestamp: #"^[IWEF](\d{4} \d\d:\d\d:\d\d\.\d+)"#, timestampFormat: "0102 15:04:05.000000"))
        #expect(klog.translate(Array("E0626 11:53:43.123456    2201 kubelet.go:1] x".utf8), now: .now()) != nil)
    }
}
