/// Which records a rule looks at: a kind of log, and what a rule file says of it under `source:`.
package struct SourceSelector: Hashable, Sendable {
    /// The name of a `LogSourceKind`.
    package let kind: String
    /// By the field's name in rule files; a text is a list of one. Fields that are not given are not here.
    private let values: [String: [String]]

    package init(kind: String, values: [String: [String]] = [:]) {
        self.kind = kind
        self.values = values.filter { !$0.value.isEmpty && $0.value != [""] }
    }

    /// A field's texts; none when it is not given.
    package subscript(_ field: String) -> [String] { values[field] ?? [] }

    /// A field's one text; empty when it is not given.
    package func text(_ field: String) -> String { values[field]?.first ?? "" }

    /// For messages and lists.
    package var title: String { LogSourceKind.named(kind)?.title(self) ?? kind }

    /// Whether it reads the kernel's log; nil: nobody can tell.
    var isKernel: Bool? { LogSourceKind.named(kind)?.isKernel(self) ?? nil }

    /// Whether one line can reach both.
    package func sharesLines(with other: SourceSelector) -> Bool {
        if kind == other.kind, let kind = LogSourceKind.named(kind) {
            for field in kind.fields where field.form == .names {
                let (own, others) = (self[field.name], other[field.name])
                if !own.isEmpty, !others.isEmpty { return !Set(own).isDisjoint(with: others) }
            }
        }
        return self == other || (isKernel == true && other.isKernel == true)
    }
}
