import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report

/// Who may read one namespace sees that namespace and what belongs to none, and nothing of the others: whatever is
/// written is made of that alone.
@Suite struct NamespaceReportTests {
    private static let text = """
        kind: Scenario
        audit:
          only: [cpuLimitsMissing, livenessProbeMissing]
          config: |
            probeChecksOnJobs: true
        overrides:
          - { match: { namespaces: [bank] }, set: { ignore: true }, until: '2020-01-01T00:00:00Z', reason: vault move }
          - { match: { namespaces: [shop] }, set: { ignore: true }, until: '2020-01-01T00:00:00Z', reason: tulip move }
        ---
        kind: Node
        metadata: { name: n1, creationTimestamp: '@-9d' }
        status:
          conditions:
            - { type: Ready, status: 'False', reason: R, message: down, lastTransitionTime: '@-10m' }
        \(workload("shop", "tulip"))
        \(workload("bank", "vault"))
        ---
        kind: HorizontalPodAutoscaler
        metadata: { name: vault, namespace: bank, creationTimestamp: '@-9d' }
        spec: { scaleTargetRef: { kind: Deployment, name: vault }, maxReplicas: 3 }
        status: {}
        """

    private static func workload(_ namespace: String, _ name: String) -> String {
        """
        ---
        kind: Deployment
        metadata: { name: \(name), namespace: \(namespace), creationTimestamp: '@-9d' }
        spec: { replicas: 1, selector: { matchLabels: { app: \(name) } }, template: { metadata: { labels: { app: \(name) } }, spec: { containers: [{ name: app, image: x }] } } }
        status: { availableReplicas: 0, conditions: [{ type: Available, status: 'False', lastTransitionTime: '@-9m' }] }
        ---
        kind: Pod
        metadata: { name: \(name)-7d9f-x1, namespace: \(namespace), uid: \(name), creationTimestamp: '@-9d', labels: { app: \(name), pod-template-hash: 7d9f }, ownerReferences: [{ kind: ReplicaSet, name: \(name)-7d9f, controller: true }] }
        spec: { nodeName: n1 }
        status: { phase: Running, conditions: [{ type: Ready, status: 'False', lastTransitionTime: '@-9m' }] }
        """
    }

    private func content(_ namespace: String?) throws -> ReportContent {
        let state = try CheckFixture(check: "", name: "t", text: Self.text).evaluated()
        let options = ReportOptions(severity: .info, namespace: namespace)
        return ReportBuilder(state: state, options: options).content()
    }

    @Test(arguments: ReportFormats.all.map(\.id)) func nothingOfAnotherNamespaceIsWritten(_ id: String) throws {
        let format = try #require(ReportFormats.named(id))
        let layout = ReportLayout(limit: 0)
        let own = try format.render(try content("shop"), layout)
        #expect(own.contains("tulip"))
        #expect(!own.contains("vault"), "\(own)")
        #expect(!own.contains("bank"), "\(own)")
        let other = try format.render(try content("bank"), layout)
        #expect(other.contains("vault"))
        #expect(!other.contains("tulip"), "\(other)")
        #expect(!other.contains("shop"), "\(other)")
    }

    @Test func whoReadsAllSeesBoth() throws {
        let all = try content(nil)
        #expect(Set(all.practice.namespaces.map(\.namespace)) == ["bank", "shop"])
        #expect(all.expiredOverrides.count == 2)
        let lost = all.incidents.map(\.lost)
        #expect(lost.contains(["Deployment bank/vault", "Deployment shop/tulip"]), "\(lost)")
        let own = try content("shop")
        #expect(own.practice.namespaces.map(\.namespace) == ["shop"])
        let left = own.incidents.map(\.lost)
        #expect(left.contains(["Deployment shop/tulip"]), "\(left)")
        #expect(own.expiredOverrides.count == 1)
    }
}
