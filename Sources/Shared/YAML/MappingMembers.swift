/// A mapping's members as they are read, with those that merge keys bring in (yaml.org/type/merge.html).
struct MappingMembers {
    private var all: [Node.Pair] = []
    /// By key, where each member is; empty until something is merged, because most mappings merge nothing.
    private var places: [String: Int] = [:]
    private var merged: Set<Int> = []
    /// Merged members whose key the mapping has itself.
    private var hidden: Set<Int> = []
    private var hasMerged = false

    var pairs: [Node.Pair] {
        hidden.isEmpty ? all : all.enumerated().filter { !hidden.contains($0.offset) }.map(\.element)
    }

    /// The mapping's own members win over merged ones, wherever they stand.
    mutating func add(_ pair: Node.Pair) {
        if hasMerged {
            if let old = places.updateValue(all.count, forKey: pair.key), merged.contains(old) { hidden.insert(old) }
        }
        all.append(pair)
    }

    /// Adds what is not there yet.
    mutating func merge(_ members: [Node.Pair]) {
        if !hasMerged {
            hasMerged = true
            for (place, pair) in all.enumerated() { places[pair.key] = place }
        }
        // Of a key that stands there twice the last value counts.
        let isTwice = Set(members.map(\.key)).count < members.count
        for member in isTwice ? members.reversed() : members where places[member.key] == nil {
            places[member.key] = all.count
            merged.insert(all.count)
            all.append(member)
        }
    }
}
