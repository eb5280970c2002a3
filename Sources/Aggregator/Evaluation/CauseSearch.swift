import Findings
import Platform

/// Finds for each finding the one that caused it: along a declared mechanism, in its scope, and no earlier than time
/// allows. Linear: candidates are looked up by what both ends have in common, a few of each are compared.
struct CauseSearch {
    /// Candidates of one mechanism at one place that are compared, those that began last before the effect.
    static let candidatesMax = 16
    /// Steps from an effect up to its lead.
    static let depthMax = 64

    struct Link: Equatable {
        var cause: Int
        /// Place in the table.
        var mechanism: Int
    }

    private struct Key: Hashable {
        var mechanism: Int
        var place: Int
    }

    /// Causes of one mechanism at one place, by when they began. Mostly one.
    private enum Candidates {
        case one(Int32)
        case many([Int32])

        mutating func add(_ cause: Int32) {
            switch self {
            case .one(let first): self = .many([first, cause])
            case .many(var all):
                // Not two owners of one array: it would be copied for each cause.
                self = .one(0)
                all.append(cause)
                self = .many(all)
            }
        }
    }

    let findings: [EvaluatedFinding]
    private let state: EvaluatedState
    private let table: CauseTable
    private let checks: [CauseTable.Check]
    private var candidates: [Key: Candidates] = [:]
    /// Where there are causes at all, of each scope: most findings have none near.
    private var occupied: [Mechanism.Scope: Set<Int>] = [:]
    /// How many causes each mechanism has: most have none.
    private var isUsed: [Bool]
    /// Nodes of the causes of each mechanism of scope `hosts`.
    private var nodes: [Int: Set<String>] = [:]
    /// The nodes that workloads have pods on; empty where nothing asks for them.
    private var hosts: [ObjectReference: Set<String>] = [:]
    private(set) var parents: [Link?]

    /// - Parameter findings: none that is apart.
    init(_ findings: [EvaluatedFinding], _ state: EvaluatedState, table: CauseTable = .builtIn) {
        self.findings = findings
        self.state = state
        self.table = table
        checks = findings.map { table[$0.check] }
        isUsed = Array(repeating: false, count: table.mechanisms.count)
        parents = Array(repeating: nil, count: findings.count)
        for index in findings.indices { register(index) }
        if !nodes.isEmpty {
            for (owner, facts) in state.workloads {
                hosts[RelationStep.plain(owner), default: []].formUnion(facts.nodes)
            }
        }
        for key in Array(candidates.keys) {
            guard case .many(let all)? = candidates[key] else { continue }
            candidates[key] = .many(
                all.sorted { a, b in
                    let left = findings[Int(a)], right = findings[Int(b)]
                    return (left.began ?? .distantPast, left.id) < (right.began ?? .distantPast, right.id)
                })
        }
        search()
    }

    // MARK: Causes

    private mutating func register(_ index: Int) {
        let finding = findings[index]
        // A row also stands for the checks that were folded into it.
        var causes = checks[index].causes
        for other in finding.detection.also { causes += table[other].causes.filter { !causes.contains($0) } }
        for place in causes {
            let mechanism = table.mechanisms[place]
            guard canCause(index, mechanism) else { continue }
            for spot in causeKeys(mechanism.scope, index) {
                isUsed[place] = true
                occupied[mechanism.scope, default: []].insert(spot)
                let key = Key(mechanism: place, place: spot)
                if candidates[key]?.add(Int32(index)) == nil { candidates[key] = .one(Int32(index)) }
                if mechanism.scope == .hosts { nodes[place, default: []].insert(finding.node) }
            }
        }
    }

    /// Whether it is a finding of the kind from which the mechanism leads.
    func canCause(_ index: Int, _ mechanism: Mechanism) -> Bool {
        let finding = findings[index]
        return (mechanism.causeKinds.isEmpty || mechanism.causeKinds.contains(finding.object.kind))
            && (mechanism.causeReasons.isEmpty || mechanism.causeReasons.contains(finding.detection.reason))
            && (!mechanism.isOfNotReady || state.nodes[finding.node]?.isReady == false)
            && (mechanism.causeSays.map { finding.says($0) } ?? true)
    }

    private func causeKeys(_ scope: Mechanism.Scope, _ index: Int) -> [Int] {
        let finding = findings[index], spots = finding.places
        switch scope {
        case .container, .pod: return finding.object.kind == "Pod" ? [spots.object] : []
        case .dependency: return [spots.object]
        case .named: return finding.relates.map { FindingPlaces.hash($0) }
        case .workload: return [spots.owner]
        case .device, .node, .hosts: return finding.object.kind == "Node" && spots.node != 0 ? [spots.node] : []
        case .namespace: return spots.namespace == 0 ? [] : [spots.namespace]
        case .cluster: return [0]
        }
    }

    /// Only those where there are causes.
    private func effectKeys(_ mechanism: Int, _ index: Int) -> [Int] {
        let scope = table.mechanisms[mechanism].scope
        guard let occupied = occupied[scope] else { return [] }
        let finding = findings[index], spots = finding.places
        func known(_ spot: Int) -> [Int] { occupied.contains(spot) ? [spot] : [] }
        switch scope {
        case .container, .pod: return finding.object.kind == "Pod" ? known(spots.object) : []
        case .dependency:
            if finding.relates.isEmpty { return known(spots.object) }
            return (finding.relates.map { FindingPlaces.hash($0) } + [spots.object]).filter(occupied.contains)
        case .named, .workload:
            if finding.relates.isEmpty, spots.owner == spots.object { return known(spots.object) }
            var all = [spots.owner, spots.object]
            for object in finding.relates { all.append(FindingPlaces.hash(object)) }
            var seen: Set<Int> = []
            return all.filter { occupied.contains($0) && seen.insert($0).inserted }
        case .device, .node: return known(spots.node)
        case .hosts: return hostKeys(mechanism, finding)
        case .namespace: return known(spots.namespace)
        case .cluster: return [0]
        }
    }

    private func hostKeys(_ mechanism: Int, _ finding: EvaluatedFinding) -> [Int] {
        let sick = nodes[mechanism] ?? []
        var shared: Set<String> = []
        for workload in workloads(finding) {
            let on = hosts[workload] ?? []
            shared.formUnion(on.count < sick.count ? on.filter(sick.contains) : sick.filter(on.contains))
        }
        return shared.sorted().prefix(Self.candidatesMax).map { FindingPlaces.hash($0) }
    }

    /// A finding's own object, its owner and the workloads that it is related to.
    private func workloads(_ finding: EvaluatedFinding) -> [ObjectReference] {
        var all = [RelationStep.plain(finding.owner ?? finding.object)]
        for object in [finding.object] + finding.relates where !all.contains(RelationStep.plain(object)) {
            all.append(RelationStep.plain(object))
        }
        return all
    }

    // MARK: Effects

    private mutating func search() {
        for index in findings.indices {
            parents[index] = best(index) { place, cause in
                !table.mechanisms[place].isLast && checks[cause].rank < checks[index].rank
            }
        }
        // Only what nothing near explains is looked for in the whole cluster; a chain never comes back to its effect.
        let roots = findings.indices.filter { parents[$0] == nil }.sorted {
            (checks[$0].rank, findings[$0].first, findings[$0].id) < (
                checks[$1].rank, findings[$1].first, findings[$1].id
            )
        }
        for index in roots {
            parents[index] = best(index) { place, cause in
                table.mechanisms[place].isLast && lead(of: cause).map { $0 != index } ?? false
            }
        }
    }

    /// The finding at the top of a chain; nil where the chain is longer than any that makes sense.
    func lead(of index: Int) -> Int? {
        var index = index
        for _ in 0..<Self.depthMax {
            guard let parent = parents[index] else { return index }
            index = parent.cause
        }
        return nil
    }

    private func best(_ effect: Int, where isAllowed: (Int, Int) -> Bool) -> Link? {
        var best: Link?
        for incoming in checks[effect].incoming where isUsed[incoming.mechanism] {
            guard isEffect(effect, incoming) else { continue }
            var isSaid: Bool?
            for key in effectKeys(incoming.mechanism, effect) {
                for cause in near(Key(mechanism: incoming.mechanism, place: key), effect)
                where cause != effect && isAllowed(incoming.mechanism, cause)
                    && refusal(cause, effect, incoming.mechanism) == nil
                {
                    let link = Link(cause: cause, mechanism: incoming.mechanism)
                    if let best, !isBetter(link, than: best) { continue }
                    // Texts are read last: most pairs fail before.
                    if isSaid == nil { isSaid = says(effect, incoming.mechanism) }
                    if isSaid == true { best = link }
                }
            }
        }
        return best
    }

    func isEffect(_ effect: Int, _ incoming: CauseTable.Incoming) -> Bool {
        let mechanism = table.mechanisms[incoming.mechanism]
        return (incoming.reasons.isEmpty || incoming.reasons.contains(findings[effect].detection.reason))
            && (mechanism.kinds.isEmpty || mechanism.kinds.contains(findings[effect].object.kind))
    }

    func says(_ effect: Int, _ place: Int) -> Bool {
        let mechanism = table.mechanisms[place]
        return (mechanism.says.map { findings[effect].says($0) } ?? true)
            && !(mechanism.unless.map { findings[effect].says($0) } ?? false)
    }

    /// Those that began last before the effect, by binary search.
    private func near(_ key: Key, _ effect: Int) -> [Int] {
        let all: [Int32]
        switch candidates[key] {
        case nil: return []
        case .one(let only)?: return [Int(only)]
        case .many(let some)?: all = some
        }
        guard let began = findings[effect].began else { return all.suffix(Self.candidatesMax).map(Int.init) }
        let limit = began + table.mechanisms[key.mechanism].slackSeconds
        var low = 0, high = all.count
        while low < high {
            let middle = (low + high) / 2
            if (findings[Int(all[middle])].began ?? .distantPast) <= limit { low = middle + 1 } else { high = middle }
        }
        return all[..<low].suffix(Self.candidatesMax).map(Int.init)
    }

    private func last(_ key: Key) -> [Int] {
        switch candidates[key] {
        case nil: []
        case .one(let only)?: [Int(only)]
        case .many(let all)?: all.suffix(Self.candidatesMax).map(Int.init)
        }
    }

    func refusal(_ cause: Int, _ effect: Int, _ place: Int) -> IncidentProof.Refusal? {
        let mechanism = table.mechanisms[place], a = findings[cause], b = findings[effect]
        if let began = a.began, let effect = b.began, began.seconds(since: effect) > mechanism.slackSeconds {
            return .later(began.seconds(since: effect))
        }
        // A certificate that has not ended breaks nothing.
        if let deadline = a.detection.deadline, deadline.seconds(since: state.generatedAt) > 0 {
            return .later(deadline.seconds(since: state.generatedAt))
        }
        if !a.isState, let began = b.began, began.seconds(since: a.last) > mechanism.withinSeconds {
            return .ended(began.seconds(since: a.last))
        }
        switch mechanism.scope {
        case .container:
            if let one = a.container, let other = b.container, one != other { return .otherContainer }
        case .workload:
            if a.object.kind == "Pod", a.isRecovered { return .recovered }
        case .device:
            if DeviceNames.isOther(DeviceNames.disks(a), DeviceNames.disks(b)) { return .otherDevice }
            let pods = DeviceNames.pods(a)
            if b.object.kind == "Pod", !pods.isEmpty, !pods.contains(b.object.uid) { return .otherDevice }
        default: break
        }
        return nil
    }

    /// The nearer scope, then the worse, the more immediate and the later cause.
    func isBetter(_ a: Link, than b: Link) -> Bool {
        let left = table.mechanisms[a.mechanism], right = table.mechanisms[b.mechanism]
        if left.scope != right.scope { return left.scope < right.scope }
        let one = findings[a.cause], other = findings[b.cause]
        if one.severity != other.severity { return one.severity > other.severity }
        if checks[a.cause].rank != checks[b.cause].rank { return checks[a.cause].rank > checks[b.cause].rank }
        let times = (one.began ?? .distantPast, other.began ?? .distantPast)
        return times.0 != times.1 ? times.0 > times.1 : one.id < other.id
    }

    // MARK: Proof

    func mechanism(_ link: Link) -> Mechanism { table.mechanisms[link.mechanism] }

    /// Findings that a mechanism leads from to this one, and why none of them was taken.
    func refused(_ effect: Int, max: Int) -> [(cause: Int, refusal: IncidentProof.Refusal)] {
        var found: [(cause: Int, refusal: IncidentProof.Refusal)] = []
        for incoming in checks[effect].incoming where isUsed[incoming.mechanism] && isEffect(effect, incoming) {
            for key in effectKeys(incoming.mechanism, effect) {
                for cause in last(Key(mechanism: incoming.mechanism, place: key))
                where cause != effect && !found.contains(where: { $0.cause == cause }) {
                    guard found.count < max else { return found }
                    if let refusal = refusal(cause, effect, incoming.mechanism) {
                        found.append((cause, refusal))
                    } else if !says(effect, incoming.mechanism) {
                        found.append((cause, .otherWords))
                    }
                }
            }
        }
        return found
    }
}

extension Timestamp {
    /// Before everything: for what began at a time that was not observed.
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}
