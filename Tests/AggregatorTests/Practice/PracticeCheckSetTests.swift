import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice

/// What Polaris' files mean there: lists, exemptions, names that no check has.
@Suite struct PracticeCheckSetTests {
    private static let pod = """
        apiVersion: v1
        kind: Pod
        metadata: { name: web, namespace: shop, annotations: { NOTE } }
        spec:
          hostNetwork: true
          containers: [{ name: web, image: "nginx:1.25", securityContext: { privileged: true } }]

        """

    private func load(_ config: String, rules: String? = nil) throws -> EvaluationSettings {
        try CheckConfiguration.load(
            config: (Array(config.utf8), "config.yaml"),
            rules: rules.map { [(Array($0.utf8), "rule.yaml")] } ?? []
        ).get()
    }

    private func failing(_ config: String, note: String = "") throws -> Set<String> {
        let result = try Audit.text(Self.pod.replacing("NOTE", with: note), try load(config))
        return Set(
            result.practice.state.rows.flatMap(\.failures).map { result.practice.state.set.checks[$0.check].alias })
    }

    @Test(arguments: [
        ("checks: { hostNetworkSet: danger, runAsPrivileged: ignore }", true),
        ("checks: { hostNetworkSet: danger, nobody: warning }", true),
        ("apiVersion: ke/v1\nchecks: { hostNetworkSet: danger }", false),
        ("checks: { hostNetworkSet: danger, PodPending: warning }", false),
        ("checks: { PodSetHostNetworkSet: danger }", false),
        ("checks: { hostNetworkSet: { severity: danger } }", false),
        ("secrets: false\nchecks: { hostNetworkSet: danger }", false),
    ]) func aPolarisFileListsWhatRuns(_ config: String, _ isList: Bool) throws {
        let found = try failing(config)
        #expect(found.contains("hostNetworkSet"))
        #expect(found.contains("cpuLimitsMissing") == !isList)
        let notes = try load(config).workloads.problems.map(\.description)
        #expect(notes.contains { $0.contains("with `apiVersion: ke/v1` in the file they run too") } == isList)
    }

    @Test func customChecksOfTheListRun() throws {
        let custom = """
            checks: { mine: danger }
            customChecks: { mine: { target: PodSpec, schema: { required: [priorityClassName] } } }
            """
        #expect(try failing(custom) == ["mine"])
        // A rule file beside it adds.
        let settings = try load("checks: { hostNetworkSet: danger }", rules: custom)
        let result = try Audit.text(Self.pod.replacing("NOTE", with: ""), settings)
        #expect(result.practice.state.rows.flatMap(\.failures).count == 2)
    }

    @Test(arguments: [
        ("", "", 0), ("disallowExemptions: true", "", 2), ("disallowConfigExemptions: true", "", 1),
        ("disallowAnnotationExemptions: true", "", 1), ("disallowExemptions: false", "", 0),
    ]) func exemptionsMayBeDisallowed(_ line: String, _ note: String, _ count: Int) throws {
        let config = """
            checks: { runAsPrivileged: danger, hostNetworkSet: danger }
            exemptions: [{ namespace: shop, rules: [hostNetworkSet] }]
            \(line)
            """
        #expect(try failing(config, note: "ke.io/runAsPrivileged-exempt: agreed").count == count)
    }

    @Test(arguments: [("'true'", 0), ("'True'", 0), ("'no'", 1), ("'0'", 1), ("agreed", 1), ("''", 1)])
    func onlyTrueExemptsInPolarisOwnDomain(_ value: String, _ count: Int) throws {
        let config = "checks: { runAsPrivileged: danger }"
        #expect(try failing(config, note: "polaris.fairwinds.com/runAsPrivileged-exempt: \(value)").count == count)
        #expect(try failing(config, note: "polaris.fairwinds.com/exempt: \(value)").count == count)
    }

    @Test(arguments: [
        (
            "exemptions: [{ rules: [nosuchrule] }]",
            "1:24: warning: exemptions.rules: no check has the name 'nosuchrule'"
        ),
        ("exemptions: [{ rules: ['*'] }]", "an exemption without rules is one from all checks"),
        ("mutations: [hostNetworkSett]", "did you mean 'hostNetworkSet'?"),
        ("checks: { images: { tag: error } }", "checks.images: no check has the name 'images'"),
        (
            "customChecks: { a: { target: app/Deploy, schema: { type: object } } }",
            "matches nothing: no API group 'app' is known"
        ),
        (
            "customChecks: { a: { target: apps/Deploymnet, schema: { type: object } } }",
            "matches nothing: no kind 'Deploymnet' is known; did you mean 'Deployment'?"
        ),
        (
            "customChecks: { a: { target: Container, containers: { include: [container], exclude: [container] }, schema: { type: object } } }",
            "matches nothing: neither kind of container is left"
        ),
        (
            "customChecks: { a: { controllers: { include: [Job], exclude: [Job] }, schema: { type: object } } }",
            "matches nothing: every kind is excluded too"
        ),
        (
            "customChecks: { a: { controllers: { include: [deployment] }, schema: { type: object } } }",
            "'deployment' matches nothing; did you mean 'Deployment'?"
        ),
    ]) func whatCanMatchNothingIsNoted(_ config: String, _ words: String) throws {
        let notes = try load(config).workloads.problems.map(\.description)
        #expect(notes.contains { $0.contains(words) }, "\(notes)")
    }

    @Test(arguments: [
        "customChecks: { a: { target: cert-manager.io/Issuer, schema: { type: object } } }\nchecks: { a: danger }",
        "customChecks: { a: { controllers: { include: [Rollout, Deployment] }, schema: { type: object } } }\nchecks: { a: danger }",
        "apiVersion: ke/v1\nexemptions: [{ rules: [PodPending, hostNetworkSet, PodSetHostPort] }]",
    ]) func whatCanMatchIsNotNoted(_ config: String) throws {
        let notes = try load(config).workloads.problems.filter { $0.field != "checks" }
        #expect(notes.isEmpty, "\(notes)")
    }
}
