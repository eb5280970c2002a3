import Foundation
import TestSupport
import Testing

@testable import Documents
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import Report
@testable import YAML

/// `--manifests`: whatever people pipe or point at.
@Suite struct ManifestTests {
    private func read(_ text: String) throws -> (objects: [String], problems: [String]) {
        final class Box { var all: [String] = [] }
        let box = Box()
        var reader = ManifestReader { object in
            var json = JSONText()
            json.value(object.node)
            box.all.append(
                "\(object.kind) \(object.node["metadata"]?["name"]?.string ?? "-") \(object.origin.place(of: "metadata.name"))"
            )
        }
        reader.read(text: Array(text.utf8), file: "f.yaml")
        return (box.all, reader.problems.map(\.description))
    }

    @Test func readsDocumentsListsAndJSON() throws {
        let text = """
            # Source: chart/a.yaml
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: a
            ---
            ---
            kind: List
            apiVersion: v1
            items:
            - { apiVersion: apps/v1, kind: Deployment, metadata: { name: b } }
            - kind: ConfigMapList
              items: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: c } }]
            --- # trailing
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "d"}}
            """
        let (objects, problems) = try read(text)
        #expect(
            objects == [
                "/ConfigMap a f.yaml:6:3", "apps/Deployment b f.yaml:12:56", "/ConfigMap c f.yaml:14:58",
                "batch/Job d f.yaml:16:56",
            ])
        #expect(problems.isEmpty)
        #expect(
            try read(#"{"kind":"List","items":[{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"}}]}"#).objects
                == ["/Pod x f.yaml:1:69"])
        #expect(
            try read(#"[{"kind":"Pod","metadata":{"name":"x"}},{"kind":"Pod","metadata":{"name":"y"}}]"#).objects.count
                == 2)
        #expect(try read("\u{FEFF}kind: Pod\nmetadata: { name: x }").objects == ["/Pod x f.yaml:2:13"])
        #expect(
            try read("kind: Pod\r\nmetadata:\r\n  name: x\r\n---\r\nkind: Pod\r\nmetadata: { name: y }\r\n").objects
                .count == 2)
    }

    @Test func aBrokenDocumentTakesOnlyItselfAway() throws {
        let (objects, problems) = try read(
            "kind: Pod\nmetadata: { name: a }\n---\nkind: Pod\n x: [\n---\nkind: Pod\nmetadata: { name: b }\n---\n- 1\n---\nmetadata: {}\n---\njust text\n"
        )
        #expect(objects.map { $0.prefix(6) } == ["/Pod a", "/Pod b"])
        try #require(problems.count == 4, "\(problems)")
        #expect(problems[0].hasPrefix("f.yaml:5:3: error: this document cannot be read"), "\(problems)")
        #expect(problems[2].contains("it has no kind"))
        #expect(problems[3].contains("a Kubernetes object is expected, this is text"))
    }

    /// YAML as Kubernetes reads it (go-yaml v2): what people meant as text may be a boolean there.
    @Test(arguments: [
        ("yes", "true"), ("on", "true"), ("y", "true"), ("Off", "false"), ("n", "false"), ("'yes'", "\"yes\""),
        ("0777", "511"), ("0x1F", "31"),
        ("1_000", "1000"), ("1e3", "\"1e3\""), ("1.5e+3", "1500"), ("~", "null"), ("no way", "\"no way\""),
        ("-0b11", "-3"), ("08", "8"), ("1.0", "1"),
    ]) func scalarsAreYAMLOneOne(_ text: String, _ json: String) throws {
        let node = try #require(try YAMLReader.readAll(Array("a: \(text)".utf8), dialect: .kubernetes).first?["a"])
        var out = JSONText()
        out.value(node)
        #expect(String(decoding: out.bytes, as: UTF8.self) == json)
    }

    @Test func mergeKeysAndDuplicatesAreAsInGo() throws {
        let text =
            "base: &b { a: 1, b: 2 }\nmade: { b: 3, <<: *b, c: 4 }\nlate: { <<: [*b, { a: 9, d: 5 }], a: 7 }\ntwice: { a: 1, a: 2 }\non: 1\n"
        let node = try #require(try YAMLReader.readAll(Array(text.utf8), dialect: .kubernetes).first)
        var out = JSONText()
        out.value(node)
        #expect(
            String(decoding: out.bytes, as: UTF8.self)
                == #"{"base":{"a":1,"b":2},"made":{"b":3,"a":1,"c":4},"late":{"b":2,"d":5,"a":7},"twice":{"a":2},"true":1}"#
        )
    }

    @Test func jsonValuesOneBehindTheOtherAreAllRead() throws {
        func pod(_ name: String) -> String { #"{"kind":"Pod","metadata":{"name":"\#(name)"}}"# }
        let three = try read("\(pod("a"))\n\(pod("b")) \(pod("c"))\n")
        #expect(three.objects == ["/Pod a f.yaml:1:27", "/Pod b f.yaml:2:27", "/Pod c f.yaml:2:66"])
        #expect(three.problems.isEmpty)
        // What follows is read as YAML, and a mistake is where it stands.
        let mixed = try read("\(pod("a"))\n---\nkind: Pod\nmetadata: {name: b}\n")
        #expect(mixed.objects == ["/Pod a f.yaml:1:27", "/Pod b f.yaml:4:12"])
        let broken = try read("\(pod("a"))\n  {\"kind\": \"Pod\",\n   \"x\": [}\n")
        #expect(broken.objects == ["/Pod a f.yaml:1:27"])
        #expect(broken.problems.count == 1)
        #expect(
            broken.problems.first?.hasPrefix("f.yaml:3:10: error: this document cannot be read") ?? false,
            "\(broken.problems)")
    }

    @Test func directivesBelongToTheDocumentBehindThem() throws {
        let pod = "kind: Pod\nmetadata: {name: x}\n"
        for text in [
            "%YAML 1.1\n---\n\(pod)", "# c\n\n%YAML 1.2\n%TAG !k! tag:k,2000:\n---\n\(pod)",
            "---\n\(pod)...\n%YAML 1.1\n---\n\(pod)...\n", "\(pod)...\n# more\n---\n\(pod)",
        ] {
            let (objects, problems) = try read(text)
            #expect(objects.count == text.components(separatedBy: "kind").count - 1, "\(text)")
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    /// `kubectl get --raw` says of what kind a list is, not its items.
    @Test func itemsOfAListAreOfItsKind() throws {
        let (objects, problems) = try read(
            #"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"apps/v1","kind":"DeploymentList","items":[{"metadata":{"name":"a"}}]},{"kind":"PodList","apiVersion":"v1","items":[{"kind":"Pod","metadata":{"name":"b"}}]},{"kind":"PodList","items":null}]}"#
        )
        #expect(objects == ["apps/Deployment a f.yaml:1:113", "/Pod b f.yaml:1:199"])
        #expect(problems.isEmpty, "\(problems)")
        // A plain list says nothing.
        #expect(try read("kind: List\nitems: [{metadata: {name: a}}]\n").problems.count == 1)
    }

    @Test func mappingsAreWhereTheyAreWritten() throws {
        let text = """
            apiVersion: v1
            kind: Pod
            metadata: { name: x }
            spec:
              containers:
              - &base
                image: a
                resources: {}
              - <<: *base
                image: b
              - *base
            """
        final class Box { var places: [String] = [] }
        let box = Box()
        var reader = ManifestReader { object in
            box.places = [
                "", "spec.containers[0]", "spec.containers[1].x", "spec.containers[1].resources", "spec.containers[2]",
            ]
            .map { object.origin.place(of: $0) }
        }
        reader.read(text: Array(text.utf8), file: "f")
        #expect(box.places == ["f:1:1", "f:6:5", "f:9:5", "f:8:5", "f:11:5"])
        reader.read(
            text: Array("{\n \"kind\": \"Pod\", \"spec\": {\"containers\": [ {\"image\": 1}]}}".utf8), file: "j")
        #expect(box.places[..<2] == ["j:1:1", "j:2:42"])
    }

    /// Names that the server makes, and names that YAML reads as something else.
    @Test func objectsWithoutATextAsNameHaveRowsOfTheirOwn() throws {
        let pods = ["generateName: run-", "generateName: run-", "name: 123", "name: y", "name: x"].map {
            "apiVersion: v1\nkind: Pod\nmetadata: { \($0), labels: { v: 1.5 } }\nspec: { containers: [{ name: a, image: nginx }] }\n"
        }
        let rows = try Audit.text(pods.joined(separator: "---\n"), EvaluationSettings()).practice.state.rows
        #expect(rows.map(\.object.name).sorted() == ["123", "run-*", "run-*", "true", "x"])
        #expect(Set(rows.map(\.id)).count == 5)
        let wrong = rows.map { row in row.failures.filter { $0.message.hasSuffix("where text is expected") }.map(\.path)
        }
        #expect(wrong.filter { $0 == ["metadata.name", "metadata.labels.v"] }.count == 2, "\(wrong)")
        #expect(wrong.filter { $0 == ["metadata.labels.v"] }.count == 3)
    }

    @Test func foldersAreWalkedAndUnreadableFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/sub/.git", withIntermediateDirectories: true)
        let pod =
            "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [{ name: a, image: nginx }] }\n"
        for name in ["a.yaml", "sub/b.yml", "sub/c.json", "d.txt", "sub/.git/e.yaml"] {
            try Data(
                (name.hasSuffix("json")
                    ? #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"j"},"spec":{"containers":[{"name":"a","image":"nginx"}]}}"#
                    : pod).utf8
            )
            .write(to: URL(filePath: folder.path + "/" + name))
        }
        let result = try Audit.files([folder.path], only: "tagNotSpecified")
        #expect(result.files == 3)
        #expect(result.objects == 3)
        let report = try ManifestReport(paths: [folder.path], settings: Audit.settings(only: "tagNotSpecified")).make(
            ReportOptions(), now: Timestamp(seconds: 1_700_000_000))
        let text = TableFormat(isWide: true).render(report, ReportLayout())
        #expect(text.contains("spec.containers[0].image = \"nginx\""))
        #expect(text.contains("/sub/b.yml:4:33"))
        #expect(text.contains("image: registry.example.com/app:1.2.3"))
        #expect(text.contains("SCORE 0   passed 0   warning 0   danger 3"))
        #expect(throws: CommandFailure.self) {
            try ManifestReport(paths: ["/nowhere.yaml"], settings: EvaluationSettings()).make(
                ReportOptions(), now: Timestamp(seconds: 1))
        }
    }

    @Test func brokenDocumentsCountAsNotLookedAt() throws {
        let folder = try TemporaryFolder()
        try Data("kind: [".utf8).write(to: URL(filePath: folder.path + "/a.yaml"))
        let report = try ManifestReport(paths: [folder.path], settings: EvaluationSettings()).make(
            ReportOptions(), now: Timestamp(seconds: 1))
        #expect(report.exitStatus(failOn: .warning) == 3)
        let gap = try #require(report.unobserved.first { $0.check == "manifests" }, "\(report.unobserved)")
        #expect(gap.scope.hasSuffix("/a.yaml:2:1"))
    }

    /// ConfigMaps of all namespaces often hold what an aggregator should not read; those of files are given to it.
    @Test func configMapsAreAuditedInFilesAndInAClusterOnlyWhenNamed() throws {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { password: hunter2 }\n"
        #expect(try Audit.text(text, EvaluationSettings()).practice.state.rows.count == 1)
        #expect(!EvaluationSettings().kinds.contains(.configmaps))
        #expect(!EvaluationSettings().isEnabled("sensitiveConfigmapContent"))
        let rule = "checks: { sensitiveConfigmapContent: danger }"
        #expect(try Audit.settings(rules: [rule]).kinds.contains(.configmaps))
        #expect(try Audit.settings(isStrict: true).kinds.contains(.configmaps))
        let ignoring = try Audit.settings(rules: ["checks: { sensitiveConfigmapContent: ignore }"])
        #expect(try Audit.text(text, ignoring).practice.state.rows.isEmpty)
    }

    /// `data: hunter2` must not be printed by whoever looks for it.
    @Test func secretsThatAreFoundAreNotTold() throws {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { password: hunter2 }\n"
        let result = try Audit.text(text, Audit.settings(only: "sensitiveConfigmapContent"))
        let failure = try #require(result.practice.state.rows.first?.failures.first)
        #expect(failure.path == "data.password")
        #expect(failure.value.isEmpty)
        #expect(!failure.message.contains("hunter2"))
    }
}
