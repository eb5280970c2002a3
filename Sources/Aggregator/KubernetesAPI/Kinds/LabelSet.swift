/// Labels, shared by all objects that carry the same ones.
package final class LabelSet: Sendable, Equatable {
    package let labels: [String: String]

    init(_ labels: [String: String]) { self.labels = labels }

    static let none = LabelSet([:])

    package static func == (a: LabelSet, b: LabelSet) -> Bool { a === b || a.labels == b.labels }

    package static func read(_ value: JSONValue?, _ texts: inout TextInterner) -> [String: String] {
        guard let value else { return [:] }
        var labels: [String: String] = [:]
        for (key, text) in value.members { labels[key] = texts.text(text) }
        return labels
    }
}
