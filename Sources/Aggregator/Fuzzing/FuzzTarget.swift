// Only in debug builds, which fuzzing uses: the parsers are internal to their rooms.
#if DEBUG
    @testable import Auth
    @testable import CheckModel
    @testable import ClusterIndex
    @testable import Evaluation
    @testable import Export
    @testable import KubernetesAPI
    import Platform
    @testable import Practice
    @testable import RuleEngine
    @testable import YAML

    /// A parser of foreign bytes, for `Fuzz`, which is a package of its own.
    ///
    /// It must not trap, loop or grow without bounds, whatever the bytes are. Its result does not matter.
    public struct FuzzTarget: Sendable {
        public let name: String
        public let run: @Sendable ([UInt8]) -> Void

        private static let units = UnitNames(RuleSet(users: []))

        public static let all: [FuzzTarget] = configuration + exchange + output + [canary]

        private static let canary = FuzzTarget(name: "canary") { bytes in
            // Byte by byte, as a parser goes: only a fuzzer that sees where it has been gets to the end.
            guard bytes.count >= 4, bytes[0] == UInt8(ascii: "{") else { return }
            guard bytes[1] == UInt8(ascii: "k") else { return }
            guard bytes[2] == UInt8(ascii: "e") else { return }
            precondition(bytes[3] != UInt8(ascii: "}"), "The canary was found.")
        }

        /// What people and clusters give: rules, manifests, objects, logs.
        private static let configuration: [FuzzTarget] = [
            FuzzTarget(name: "schema") { bytes in
                // The first half is a schema, the second an instance.
                let half = bytes.count / 2
                guard let tree = try? YAMLReader.readAll(Array(bytes[..<half]), dialect: .kubernetes).first,
                    let schema = try? SchemaCompiler.compile(tree, takesTemplates: true),
                    let document = try? JSONDocument(bytes[half...])
                else { return }
                document.withView { view in
                    var validator = SchemaValidator(context: AuditContext(object: view, place: nil, podSpec: nil))
                    let isValid = validator.isValid(schema, view)
                    let isExplained = !validator.explain(schema, view).isEmpty
                    precondition(validator.isExhausted || isValid != isExplained, "valid or explained, not both")
                }
            },
            FuzzTarget(name: "template") { bytes in
                guard let template = try? GoTemplate(String(decoding: bytes, as: UTF8.self)),
                    let document = try? JSONDocument(#"{"a":{"b":[1,2,{"c":"x"}],"d":null},"e":"text","f":1.5}"#.utf8)
                else { return }
                document.withView { view in
                    _ = try? template.render(AuditContext(object: view, place: nil, podSpec: nil).root)
                }
            },
            FuzzTarget(name: "manifest") { bytes in
                _ = try? ManifestAudit(settings: EvaluationSettings(), now: Timestamp(seconds: 1)).run {
                    reader throws(SystemError) in
                    reader.read(text: bytes, file: "f")
                }
            },
            FuzzTarget(name: "rule-file") { bytes in
                guard let file = try? PracticeCheckReader.read(bytes, file: "f") else { return }
                _ = PracticeCheckSet(files: [file])
            },
            FuzzTarget(name: "log-rules") { bytes in _ = RuleFile.read(bytes, name: "f.yaml") },
            FuzzTarget(name: "npd-rules") { bytes in _ = RuleFile.read(bytes, name: "f.json") },
            FuzzTarget(name: "kubernetes-json") { bytes in
                guard let document = try? JSONDocument(bytes) else { return }
                var texts = TextInterner()
                _ = PodRecord(document.root, &texts)
                _ = NodeRecord(document.root, &texts)
                _ = EventRecord(document.root, &texts)
                _ = WorkloadRecord(document.root, &texts)
            },
            FuzzTarget(name: "overrides") { bytes in _ = try? OverrideSet(bytes, file: "f") },
            FuzzTarget(name: "exporters") { bytes in _ = try? ExporterConfiguration.read(bytes, file: "f") },
            FuzzTarget(name: "token") { bytes in _ = TokenReviewer.end(of: String(decoding: bytes, as: UTF8.self)) },
            FuzzTarget(name: "rule-draft") { bytes in
                guard let draft = try? RuleDraft(line: String(decoding: bytes, as: UTF8.self)) else { return }
                // Whatever is proposed must load.
                let text = RuleWriter.file([draft.rule], comment: [])
                let file = RuleFile.read(Array(text.utf8), name: "f.yaml")
                precondition(!file.problems.contains { $0.level == .error }, "\(file.problems)")
            },
            FuzzTarget(name: "text-log") { bytes in
                var reader = TextLogReader(units: units, now: Timestamp(seconds: 1))
                for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) { _ = reader.read(line) }
                _ = reader.finish()
            },
        ]
    }
#endif
