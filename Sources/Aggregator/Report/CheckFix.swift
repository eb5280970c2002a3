import Foundation
import Platform
package import Practice
import YAML

/// YAML that would satisfy a check.
package enum CheckFix {
    /// The YAML below the instance, as a block; empty where there is none.
    package static func block(_ check: PracticeCheck) -> String {
        if !check.manifest.isEmpty { return check.manifest }
        return check.mutations.map { mutation in
            let note = mutation.comment.isEmpty ? "" : "# \(mutation.comment)\n"
            guard mutation.operation != "remove" else { return "\(note)# remove \(path(mutation))\n" }
            guard let tree = tree(mutation), let text = YAMLWriter.write(tree) else { return "" }
            return note + text
        }.joined()
    }

    /// The same on one line: `resources: {limits: {cpu: "1"}}`.
    static func line(_ check: PracticeCheck) -> String {
        let parts = check.mutations.map { mutation -> String in
            guard mutation.operation != "remove" else { return "remove \(path(mutation))" }
            guard let pair = tree(mutation)?.pairs?.first else { return "" }
            return "\(pair.key): \(flow(pair.value))"
        }
        if parts.isEmpty, !check.manifest.isEmpty { return "a manifest: checks explain \(check.alias)" }
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private static func parts(_ mutation: CheckMutation) -> [String] {
        mutation.path.split(separator: "/").map {
            $0.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
        }
    }

    private static func path(_ mutation: CheckMutation) -> String {
        // Polaris' `*` is every element of a list.
        InstancePath.text(parts(mutation).map { Int($0).map { .index($0) } ?? .key($0) })
            .replacing("[\"*\"]", with: "[*]")
    }

    /// The value under the keys that lead to it.
    private static func tree(_ mutation: CheckMutation) -> Node? {
        guard var node = mutation.value else { return nil }
        for key in parts(mutation).reversed() {
            let isElement = Int(key) != nil || key == "-" || key == "*"
            node =
                isElement
                ? Node(.sequence([node]), mark: node.mark)
                : Node(.mapping([.init(key: key, keyMark: node.mark, value: node)]), mark: node.mark)
        }
        return node
    }

    private static func flow(_ node: Node) -> String {
        switch node.value {
        case .mapping(let pairs):
            return "{" + pairs.map { "\($0.key): \(flow($0.value))" }.joined(separator: ", ") + "}"
        case .sequence(let items): return "[" + items.map(flow).joined(separator: ", ") + "]"
        default:
            let text = YAMLWriter.write(node) ?? ""
            return text.split(separator: "\n").first { $0 != "..." && $0 != "---" }.map(String.init) ?? text
        }
    }
}
