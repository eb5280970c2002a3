/// One `String` per distinct text: a hundred thousand pods name a few hundred namespaces and nodes.
package struct TextInterner {
    /// Distinct texts that are kept; further ones are created each time.
    static let entriesMax = 1 << 20
    // Keys are seeded hashes: names are untrusted, and must not be made to collide.
    private var known: [Int: String] = [:]

    private var knownLabels: [Int: LabelSet] = [:]

    package init() {}

    /// One `LabelSet` for all objects with the same labels.
    package mutating func labels(_ value: JSONValue?) -> LabelSet {
        guard let value, value.kind == .object else { return .none }
        var hasher = Hasher()
        for (key, text) in value.members {
            hasher.combine(key)
            _ = text.withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            hasher.combine(0xFF as UInt8)
        }
        let hash = hasher.finalize()
        if let found = knownLabels[hash] { return found }
        let set = LabelSet(LabelSet.read(value, &self))
        if knownLabels.count < Self.entriesMax { knownLabels[hash] = set }
        return set
    }

    package mutating func text(_ value: JSONValue?) -> String { value.flatMap { optional($0) } ?? "" }

    private mutating func optional(_ value: JSONValue) -> String? {
        value.withBytes { bytes in
            // Small texts live inside `String` itself.
            if bytes.count <= 15 { return String(decoding: bytes, as: UTF8.self) }
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
            let hash = hasher.finalize()
            if let found = known[hash], found.utf8.count == bytes.count, found.utf8.elementsEqual(bytes) {
                return found
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if known.count < Self.entriesMax { known[hash] = text }
            return text
        }
    }
}
