import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Documents
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import Report

/// Rule files of Polaris and early KubeEye, and our own.
@Suite struct CustomCheckTests {
    static let web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop, labels: { app: web } }
        spec:
          replicas: 2
          template:
            metadata: { labels: { app: web } }
            spec:
              hostNetwork: false
              securityContext: { privileged: true }
              initContainers: [{ name: init, image: 'quay.io/init:1' }]
              containers:
              - { name: app, image: 'nginx:1', resources: { requests: { cpu: 2 } }, ports: [{ containerPort: 80, hostPort: 0 }] }
              - { name: side, image: 'quay.io/side:1', command: [] }
        """

    /// What one check finds, as `container path`; its id is `mine`.
    private func found(_ check: String, in objects: String = web, extra: String = "") throws -> [String] {
        let body = check.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        let rule = "checks: { mine: danger }\ncustomChecks:\n  mine:\n\(body)\n\(extra)"
        let settings = try Audit.settings(only: "mine", rules: [rule])
        #expect(settings.workloads.problems.isEmpty, "\(settings.workloads.problems)")
        let result = try Audit.text(objects, settings)
        #expect(result.practice.gaps.isEmpty, "\(result.practice.gaps)")
        return result.practice.state.rows.flatMap(\.failures).map { "\($0.container) \($0.path)" }
    }

    @Test(arguments: [
        // Targets.
        (
            "target: Container\nschema: { properties: { image: { not: { pattern: ^quay.io } } } }",
            [
                "init spec.template.spec.initContainers[0].image", "side spec.template.spec.containers[1].image",
            ]
        ),
        (
            "target: Container\ncontainers: { exclude: [initContainer] }\nschema: { properties: { image: { not: { pattern: ^quay.io } } } }",
            ["side spec.template.spec.containers[1].image"]
        ),
        (
            "target: Container\ncontainers: { include: [initContainer] }\nschema: { properties: { image: { not: { pattern: ^quay.io } } } }",
            ["init spec.template.spec.initContainers[0].image"]
        ),
        ("target: PodSpec\nschema: { required: [priorityClassName] }", [" spec.template.spec.priorityClassName"]),
        (
            "target: PodTemplate\nschema: { properties: { metadata: { required: [annotations] } } }",
            [" spec.template.metadata.annotations"]
        ),
        (
            "target: Controller\nschema: { properties: { spec: { properties: { replicas: { minimum: 3 } } } } }",
            [" spec.replicas"]
        ),
        (
            "target: apps/Deployment\nschema: { properties: { metadata: { required: [annotations] } } }",
            [" metadata.annotations"]
        ),
        (
            "target: Deployment\nschema: { properties: { metadata: { required: [annotations] } } }",
            [" metadata.annotations"]
        ),
        // As Polaris: what follows the slash counts, but for groups of custom resources.
        (
            "target: /Deployment\nschema: { properties: { metadata: { required: [annotations] } } }",
            [" metadata.annotations"]
        ),
        (
            "target: app/Deployment\nschema: { properties: { metadata: { required: [annotations] } } }",
            [" metadata.annotations"]
        ),
        (
            "target: extensions/Deployment\nschema: { properties: { metadata: { required: [annotations] } } }",
            [" metadata.annotations"]
        ),
        ("target: apps.example.com/Deployment\nschema: { properties: { metadata: { required: [annotations] } } }", []),
        // `target: Pod` of 2020 is the pod spec of every workload; beside a newer word it is the Kind.
        ("target: Pod\nschema: { required: [priorityClassName] }", [" spec.template.spec.priorityClassName"]),
        ("target: Pod\nschemaString: '{required: [priorityClassName]}'", []),
        (
            "target: Pod\nschema: { $schema: 'https://json-schema.org/draft/2019-09/schema', required: [priorityClassName] }",
            []
        ),
        // Filters.
        ("controllers: { include: [StatefulSet] }\ntarget: PodSpec\nschema: { required: [priorityClassName] }", []),
        (
            "controllers: { include: [Deployment, Job], exclude: [Deployment] }\ntarget: PodSpec\nschema: { required: [priorityClassName] }",
            []
        ),
        // What is typed: unknown fields, zero values, empty lists are gone; quantities are texts; resources are there.
        ("target: PodSpec\nschema: { properties: { securityContext: { not: { required: [privileged] } } } }", []),
        ("target: PodSpec\nschema: { not: { required: [hostNetwork] } }", []),
        ("target: Container\nschema: { required: [resources] }", []),
        (
            "target: Container\nschema: { not: { required: [command] }, properties: { ports: { items: { not: { required: [hostPort] } } } } }",
            []
        ),
        (
            "target: Container\nschema: { properties: { resources: { properties: { requests: { properties: { cpu: { const: '2' } } } } } } }",
            []
        ),
        (
            "target: Container\nschema: { properties: { resources: { properties: { requests: { properties: { cpu: { resourceMaximum: 1500m } } } } } } }",
            ["app spec.template.spec.containers[0].resources.requests.cpu"]
        ),
        // The pod spec with one container.
        (
            "target: Container\nschemaTarget: PodSpec\nschema: { properties: { containers: { maxItems: 1, items: { properties: { image: { not: { pattern: ^quay } } } } } } }",
            [
                "init spec.template.spec.initContainers[0].image", "side spec.template.spec.containers[1].image",
            ]
        ),
        ("target: Container\nschemaTarget: Pod\nschema: { not: { required: [initContainers] } }", []),
        // Old and new spellings; field names in any case; an image prefix of ours.
        (
            "target: Container\njsonSchema: '{\"properties\": {\"image\": {\"pattern\": \"^quay\"}}}'",
            ["app spec.template.spec.containers[0].image"]
        ),
        (
            "TARGET: Container\nSchema: { properties: { image: { pattern: ^quay } } }\nPromptMessage: x",
            ["app spec.template.spec.containers[0].image"]
        ),
        ("target: Container\nschema: { properties: { image: { imageFrom: [quay.io, docker.io/library/nginx] } } }", []),
        // Templates.
        (
            "target: Controller\nschemaString: |\n  properties:\n    spec: { properties: { replicas: { const: {{ .spec.replicas }} } } }",
            []
        ),
        (
            "target: Container\nschemaString: |\n  properties: { name: { enum: [{{ range .Polaris.PodSpec.containers }}{{ .name }}, {{ end }}other] } }",
            ["init spec.template.spec.initContainers[0].name"]
        ),
        (
            "target: Container\nschemaString: |\n  {{ if eq .Polaris.Container.name \"app\" }}not: {}{{ end }}",
            ["app spec.template.spec.containers[0]"]
        ),
        (
            "target: Controller\nschema: { properties: { metadata: { properties: { labels: { properties: { app: { const: '{{ .metadata.name }}' } } } } } } }",
            []
        ),
        (
            "target: Controller\nschema: { properties: { metadata: { properties: { labels: { required: ['{{ .metadata.name }}'] } } } } }",
            [" metadata.labels.web"]
        ),
        ("target: Controller\nschema: { templateTrue: '{{ gt .spec.replicas 5 }}' }", [" "]),
        // Other objects: none is there, one of the namespace, one of another.
        ("target: Controller\nadditionalSchemas: { policy/PodDisruptionBudget: {} }", [" "]),
    ]) func checksFindTheirPlaces(_ check: String, _ places: [String]) throws { #expect(try found(check) == places) }

    @Test(arguments: [
        ("{}", "shop", "policy/v1", []), ("{}", "other", "policy/v1", [" "]), ("{}", "shop", "v1", [" "]),
        ("{ properties: { spec: { required: [x] } } }", "shop", "policy/v1", [" "]),
        (
            "{ properties: { metadata: { properties: { name: { const: '{{ .metadata.name }}' } } } } }", "shop",
            "policy/v1", []
        ),
        (
            "{ properties: { metadata: { properties: { name: { const: '{{ .metadata.name }}-x' } } } } }", "shop",
            "policy/v1", [" "]
        ),
        (
            "{ properties: { spec: { properties: { selector: { selectsPodTemplate: true } } } } }", "shop", "policy/v1",
            []
        ),
    ]) func relatedObjectsAreOfTheirNamespaceAndGroup(
        _ schema: String, _ namespace: String, _ version: String, _ places: [String]
    ) throws {
        let budget =
            "\n---\napiVersion: \(version)\nkind: PodDisruptionBudget\nmetadata: { name: web, namespace: \(namespace) }\nspec: { selector: { matchLabels: { app: web } } }\n"
        #expect(
            try found(
                "target: apps/Deployment\nadditionalSchemas: { policy/PodDisruptionBudget: \(schema) }",
                in: Self.web + budget) == places)
    }

    @Test func additionalSchemaTextsMayBeNothing() throws {
        let skipped =
            "target: Controller\nadditionalSchemaStrings:\n  policy/PodDisruptionBudget: '{{ if gt .spec.replicas 5 }}{}{{ end }}'"
        #expect(try found(skipped) == [])
        let asked =
            "target: Controller\nadditionalSchemaStrings:\n  policy/PodDisruptionBudget: '{{ if gt .spec.replicas 1 }}{}{{ end }}'"
        #expect(try found(asked) == [" "])
        // The primary schema decides first.
        let first =
            "target: Controller\nschema: { required: [x] }\nadditionalSchemas: { policy/PodDisruptionBudget: {} }"
        #expect(try found(first) == [" x"])
    }

    // MARK: Exemptions

    @Test(arguments: [
        ("- { rules: [mine] }", 0), ("- { namespace: shop }", 0), ("- { namespace: other }", 2),
        ("- { namespace: 'sh*' }", 0),
        ("- { namespace: [x, shop] }", 0), ("- { controllerNames: [we] }", 0), ("- { controllerNames: [eb] }", 2),
        ("- { containerNames: [si] }", 1), ("- { containerNames: [init, side] }", 0),
        ("- { namespace: shop, controllerNames: [x] }", 2),
        ("- { namespace: x }\n- { rules: [runAsPrivileged] }\n- { rules: [mine], containerNames: [side] }", 1),
    ]) func exemptionsOfFiles(_ text: String, _ left: Int) throws {
        let check = "target: Container\nschema: { properties: { image: { not: { pattern: ^quay.io } } } }"
        let lines = text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        #expect(try found(check, extra: "exemptions:\n\(lines)").count == left)
    }

    @Test(arguments: [
        ("polaris.fairwinds.com/exempt: 'true'", 0), ("polaris.fairwinds.com/mine-exempt: 'true'", 0),
        ("ke.io/mine-exempt: agreed with ops", 0),
        ("ke.io/exempt: 'yes, until the move'", 0), ("polaris.fairwinds.com/other-exempt: 'true'", 2),
        ("ke.io/mine-exempt: 'false'", 2),
    ]) func exemptionsOfObjects(_ annotation: String, _ left: Int) throws {
        let check = "target: Container\nschema: { properties: { image: { not: { pattern: ^quay.io } } } }"
        let object = Self.web.replacingOccurrences(
            of: "namespace: shop,", with: "namespace: shop, annotations: { \(annotation) },")
        #expect(try found(check, in: object).count == left)
    }

    // MARK: Files

    @Test(arguments: [
        ("checks: { nobody: warning }", "rule.yaml:1:11: error: checks.nobody: no check has this name"),
        ("checks: { tagNotSpecifed: warning }", "did you mean 'tagNotSpecified'?"),
        (
            "checks: { tagNotSpecified: bad }",
            "rule.yaml:1:28: error: checks.tagNotSpecified: 'bad' is not a valid severity"
        ),
        (
            "customCheks: {}",
            "rule.yaml:1:1: warning: customCheks: unknown field; did you mean 'customChecks'?"
        ),
        (
            "customChecks: { a: { target: Container, schema: { properties: { image: { pattern: '(' } } } } }",
            "rule.yaml:1:83: error: customChecks.a.schema: the pattern '(' is not a valid RE2 expression: missing )"
        ),
        (
            "customChecks: { a: { schema: { type: objekt } } }",
            "'objekt' is not a valid type; did you mean 'object'?; the types are object, array, string"
        ),
        ("customChecks: { a: { schema: { resourceMinimum: 100 } } }", "must be a quantity in quotes"),
        ("customChecks: { a: { schema: { resourceMaximum: lots } } }", "'lots' is not a valid quantity"),
        ("customChecks: { a: { schema: { $ref: 'https://example.com/s.json' } } }", "is outside of this schema"),
        ("customChecks: { a: { schema: { $ref: '#/definitions/x' } } }", "does not resolve"),
        ("customChecks: { a: { schema: { allOf: [{ $ref: '#' }] } } }", "refers back to itself at the same value"),
        ("customChecks: { a: { schema: { minLength: '3' } } }", "minLength must be a number"),
        ("customChecks: { a: { target: Container } }", "has no schema"),
        ("customChecks: { a: { schemaString: '{{ if }}' } }", "a value is missing"),
        ("customChecks:\n  a:\n    schemaString: |\n      type: object\n      properties: [", "rule.yaml:"),
        (
            "customChecks: { a: { containers: { exclude: [sidecar] }, schema: {type: object} } }",
            "'sidecar' is not a valid kind of container; use container or initContainer"
        ),
        ("customChecks: { a: { schema: {type: object} } }", "has no severity under checks, so it does not run"),
        (
            "customChecks: { a: { mutations: [{ path: x, op: add }], schema: {type: object} } }",
            "path must begin with /"
        ),
        ("exemptions: { a: b }", "a list is expected"),
        ("customChecks: { a: { colour: red, schema: {type: object} } }", "unknown field of a check"),
    ]) func mistakesHaveTheirPlaceAndTheRestRuns(_ text: String, _ words: String) throws {
        let good =
            "---\nchecks: { good: warning, a: warning }\ncustomChecks: { good: { target: PodSpec, schema: { required: [x] } } }\n"
        let file =
            text.contains("has no severity") || words.contains("has no severity")
            ? text + "\n" + good.replacingOccurrences(of: ", a: warning", with: "") : text + "\n" + good
        let settings = try Audit.settings(rules: [file])
        #expect(
            settings.workloads.problems.contains { $0.description.contains(words) }, "\(settings.workloads.problems)")
        let result = try Audit.text(Self.web, settings)
        #expect(
            result.practice.state.rows.first?.failures.map { settings.workloads.checks[$0.check].alias } == ["good"])
        if !settings.workloads.broken.isEmpty {
            #expect(result.practice.gaps.map(\.check) == ["a"])
            #expect(result.practice.gaps.map(\.reason) == [.malformed])
        }
    }

    @Test func aFileThatIsNoYAMLIsAnError() {
        #expect {
            try CheckConfiguration.load(config: nil, rules: [(Array("checks: [".utf8), "f.yaml")]).get()
        } throws: {
            "\($0)".hasPrefix("f.yaml:")
        }
    }

    /// A template that fails is that check's problem at that object; the others go on.
    @Test func aTemplateThatFailsIsToldWithItsObject() throws {
        let rule =
            "checks: { mine: danger }\ncustomChecks: { mine: { target: Controller, schemaString: '{{ index .metadata.nothing \"a\" }}' } }"
        let settings = try Audit.settings(rules: [rule])
        let result = try Audit.text(
            Self.web + "\n---\n" + Self.web.replacingOccurrences(of: "name: web,", with: "name: two,"), settings)
        try #require(result.practice.gaps.map(\.check) == ["mine"])
        #expect(
            result.practice.gaps[0].detail
                == "Deployment shop/two: in the template, 1:4: index of untyped nil (+1 more object)")
        #expect(!result.practice.state.rows.isEmpty)
    }

    @Test func laterDocumentsAndFilesWinAndBuiltInOnesAreReplaced() throws {
        let first =
            "checks: { tagNotSpecified: ignore }\n---\nchecks: { tagNotSpecified: danger }\ncustomChecks: { tagNotSpecified: { target: Container, failureMessage: mine, schema: { properties: { image: { pattern: ^reg } } } } }\n"
        let settings = try Audit.settings(only: "tagNotSpecified", rules: [first])
        let check = try #require(settings.workloads.check(named: "tagNotSpecified"))
        #expect(check.id == "PodSetTagNotSpecified")
        #expect(check.isCustom)
        #expect(check.failureMessage == "mine")
        #expect(check.severity == .danger)
        #expect(settings.workloads.checks.count { $0.answers(to: "tagNotSpecified") } == 1)
        #expect(try Audit.text(Self.web, settings).practice.state.rows.map(\.severity) == [.danger])
    }

    @Test func severitiesAreWarningUnlessLevelsAreAskedFor() throws {
        let object = Self.web.replacingOccurrences(of: "hostNetwork: false", with: "hostNetwork: true")
        func severity(_ settings: EvaluationSettings) throws -> [Severity] {
            try Audit.text(object, settings).practice.state.rows.map(\.severity)
        }
        #expect(try severity(Audit.settings(only: "hostNetworkSet")) == [.warning])
        #expect(try severity(Audit.settings(only: "hostNetworkSet", isStrict: true)) == [.danger])
        var given = try CheckConfiguration.load(config: (Array("allowedRegistries: [x]".utf8), "c")).get()
        given.only = ["PodSetHostNetworkSet"]
        #expect(try severity(given) == [.danger])
        given = try CheckConfiguration.load(config: (Array("checks: { hostNetworkSet: fatal }".utf8), "c")).get()
        given.only = ["PodSetHostNetworkSet"]
        #expect(try severity(given) == [.fatal])
    }

    @Test func checksOfRolesRunOnlyWhenNamed() throws {
        let ids = BuiltInChecks.checks.filter(\.isOptIn).map(\.id)
        #expect(ids.count == 8)
        #expect(ids.allSatisfy { !EvaluationSettings().isEnabled($0) })
        #expect(try ids.allSatisfy { try Audit.settings(isStrict: true).isEnabled($0) })
        #expect(try Audit.settings(rules: ["checks: { rolePodExecAttach: danger }"]).isEnabled("rolePodExecAttach"))
        var named = EvaluationSettings()
        named.only = ["rolePodExecAttach"]
        #expect(named.isEnabled("rolePodExecAttach"))
        #expect(!EvaluationSettings().kinds.contains(.rolebindings))
        #expect(EvaluationSettings().kinds.contains(.limitranges))
    }

    @Test func mutationsPrintAsYAML() throws {
        let rule =
            "customChecks: { mine: { target: Container, schema: { required: [x] }, mutations: [{ op: add, path: /env/0/a~1b, value: { c: 'yes' }, comment: why }, { op: remove, path: /tty }] } }"
        let check = PracticeCheck(try PracticeCheckReader.read(Array(rule.utf8), file: "f").checks[0])
        #expect(CheckFix.block(check) == "# why\nenv:\n- a/b:\n    c: 'yes'\n# remove tty\n")
        #expect(CheckFix.line(check) == "env: [{a/b: {c: 'yes'}}]; remove tty")
        for check in PracticeCheckSet.builtIn.checks
        where check.relation == nil && check.alias != "sensitiveConfigmapContent" && !check.isOptIn
            && !check.needsRegistries
        {
            #expect(!CheckFix.block(check).isEmpty, "\(check.alias)")
            #expect(!CheckFix.line(check).isEmpty, "\(check.alias)")
        }
    }

    @Test func everyBuiltInCheckSaysWhatWhyAndWhatToDoInBothLanguages() {
        for check in BuiltInChecks.checks {
            for text in [check.title, check.why, check.trigger, check.remedy] {
                #expect(!text.en.isEmpty, "\(check.alias)")
                #expect(!text.zh.isEmpty, "\(check.alias)")
                #expect(text.en != text.zh, "\(check.alias)")
                #expect(text.zh.unicodeScalars.contains { $0.value > 0x2E80 }, "\(check.alias): \(text.zh)")
            }
            #expect(!check.failureMessage.isEmpty)
            #expect(!check.successMessage.isEmpty)
            #expect(!check.category.isEmpty)
        }
    }
}
