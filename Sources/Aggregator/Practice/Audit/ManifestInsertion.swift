import KubernetesAPI
package import Platform
import YAML

/// A text to put into a manifest, so that a check is satisfied.
package struct ManifestInsertion: Equatable, Sendable {
    /// Before this character of the file.
    package var mark: Mark
    package var text: String
}

extension PracticeState.RatedFailure {
    /// What satisfies the check, where something is missing and its place is certain. nil: a person has to decide, or
    /// something is there already that would have to be changed.
    package func insertion(_ check: PracticeCheck) -> ManifestInsertion? {
        guard let origin = record.origin, check.mutations.count == 1, let mutation = check.mutations.first,
            mutation.operation == "add", let value = mutation.value, !check.dependsOnObject,
            let start = start(of: check)
        else { return nil }
        let keys = mutation.path.split(separator: "/").map {
            String($0.replacing("~1", with: "/").replacing("~0", with: "~"))
        }
        if keys.contains(where: { $0 == "-" || $0 == "*" || Int($0) != nil }) { return nil }
        return origin.insertion(at: start, keys, value)
    }

    /// The path of what the check's schema sees.
    private func start(of check: PracticeCheck) -> [PathStep]? {
        let podSpec: [PathStep]? =
            switch record.kind.kind {
            case "Pod": [.key("spec")]
            case "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"].map { .key($0) }
            case _ where AuditCollector.templated.contains(record.kind.kind):
                ["spec", "template", "spec"].map { .key($0) }
            default: nil
            }
        switch check.target {
        case .controller, .kind: return []
        case .podSpec: return podSpec
        case .podTemplate: return podSpec.map { Array($0.dropLast()) }
        case .container:
            let steps = ManifestOrigin.steps(path)
            guard let podSpec, steps.count >= podSpec.count + 2, Array(steps[..<podSpec.count]) == podSpec,
                [.key("containers"), .key("initContainers")].contains(steps[podSpec.count]),
                case .index = steps[podSpec.count + 1]
            else { return nil }
            return Array(steps[...(podSpec.count + 1)])
        }
    }
}

extension PracticeCheck {
    /// What its schema wants differs from object to object, so that no text is right for all.
    fileprivate var dependsOnObject: Bool {
        switch definition.schema {
        case .compiled(let schema): !schema.templates.isEmpty
        case .template: true
        case nil: false
        }
    }
}

extension ManifestOrigin {
    /// The members that are missing on the way, before the first member of the last mapping that is there.
    fileprivate func insertion(at start: [PathStep], _ keys: [String], _ value: Node) -> ManifestInsertion? {
        var parent = node
        for step in start {
            switch step {
            case .key(let key):
                guard let next = parent[key] else { return nil }
                parent = next
            case .index(let index):
                guard let items = parent.items, items.indices.contains(index) else { return nil }
                parent = items[index]
            }
        }
        var missing = keys[...]
        while let key = missing.first, let next = parent[key] {
            guard next.pairs != nil else { return nil }
            parent = next
            missing.removeFirst()
        }
        guard let first = parent.pairs?.first, let key = missing.first else { return nil }
        let added = missing.dropFirst().reversed().reduce(value) { inner, key in
            Node(.mapping([.init(key: key, keyMark: .start, value: inner)]), mark: .start)
        }
        // A member that a merge brought in stands elsewhere.
        if parent.mark == first.keyMark {
            guard
                let text = YAMLWriter.write(
                    Node(.mapping([.init(key: key, keyMark: .start, value: added)]), mark: .start))
            else { return nil }
            let blanks = String(repeating: " ", count: parent.mark.column - 1)
            let lines = text.split(separator: "\n").map { $0 + "\n" + blanks }
            return ManifestInsertion(mark: line(parent.mark), text: lines.joined())
        }
        // Between braces, JSON is YAML too. A brace and an anchor look the same from here, unless all is in braces.
        guard isFlow else { return nil }
        var text = JSONText()
        text.string(key)
        text.raw(": ")
        text.value(added)
        text.raw(", ")
        return ManifestInsertion(
            mark: line(Mark(line: parent.mark.line, column: parent.mark.column + 1)),
            text: String(decoding: text.bytes, as: UTF8.self))
    }

    private var isFlow: Bool { node.pairs?.first.map { $0.keyMark != node.mark } ?? false }

    private func line(_ mark: Mark) -> Mark { Mark(line: mark.line + lineOffset, column: mark.column) }
}
