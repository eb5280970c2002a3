import KubernetesAPI
import Platform
import Regex
import YAML

/// A value that a schema names in `const` or `enum`.
enum SchemaLiteral: Sendable {
    case string(JSONKey)
    case other(Node.Value)

    init(_ value: Node.Value, _ keys: JSONKeyStore) {
        if case .string(let text) = value { self = .string(keys.key(text)) } else { self = .other(value) }
    }

    func equals(_ view: JSONView) -> Bool {
        switch self {
        case .string(let key): view.equals(key)
        case .other(let value): Self.same(value, view)
        }
    }

    private static func same(_ value: Node.Value, _ view: JSONView) -> Bool {
        switch value {
        case .null: return view.kind == .null
        case .bool(let flag): return view.bool == flag
        case .integer(let number): return view.kind == .integer ? view.integer == number : view.double == Double(number)
        case .double(let number): return view.double == number
        case .string(let text): return view.equals(text)
        case .sequence(let items):
            return view.kind == .array && view.count == items.count
                && zip(items, view.elements).allSatisfy { same($0.value, $1) }
        case .mapping(let pairs):
            let names = Set(pairs.map(\.key))
            return view.kind == .object && view.count == names.count
                && names.allSatisfy { name in
                    guard let own = pairs.last(where: { $0.key == name })?.value, let theirs = view.member(named: name)
                    else { return false }
                    return same(own.value, theirs)
                }
        }
    }
}
