import Foundation
import Platform
package import YAML

extension Node {
    /// The tree as JSON text.
    package var jsonText: String {
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .double(let number): return String(number)
        case .string(let text):
            let data = (try? JSONEncoder().encode(text)) ?? Data("\"\"".utf8)
            return String(decoding: data, as: UTF8.self)
        case .sequence(let items): return "[\(items.map(\.jsonText).joined(separator: ","))]"
        case .mapping(let pairs):
            let members = pairs.map { pair in
                "\(Node(.string(pair.key), mark: pair.keyMark).jsonText):\(pair.value.jsonText)"
            }
            return "{\(members.joined(separator: ","))}"
        }
    }
}
