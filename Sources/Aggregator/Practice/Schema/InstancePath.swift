/// A step from a value to one within it.
package enum PathStep: Sendable, Equatable {
    case key(String)
    case index(Int)
}

/// Where in an instance, in the field's notation: `spec.containers[1].image`,
/// `metadata.labels["app.kubernetes.io/name"]`.
package enum InstancePath {
    /// - Parameter start: the text of what comes before.
    package static func text(_ steps: [PathStep], after start: String = "") -> String {
        var out = start
        for step in steps {
            switch step {
            case .index(let index): out += "[\(index)]"
            case .key(let key):
                let isPlain =
                    !key.isEmpty
                    && key.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == UInt8(ascii: "_")
                            || $0 == UInt8(ascii: "-")
                    }
                if isPlain { out += out.isEmpty ? key : "." + key } else { out += "[\"\(key)\"]" }
            }
        }
        return out
    }
}
