/// What the sick nodes have in common: a factor that covers nine tenths of them and less than three tenths of the
/// healthy.
package enum CommonFactor {
    static let sickShare = 0.9
    static let healthyShare = 0.3

    package static func find(_ sick: Set<String>, in nodes: [String: NodeFacts]) -> [String] {
        let known = sick.filter { nodes[$0]?.factors.isEmpty == false }
        let healthy = nodes.filter { !sick.contains($0.key) }
        guard known.count >= IncidentGrouping.commonLeast, !healthy.isEmpty else { return [] }
        var counts: [NodeFacts.Factor: Int] = [:]
        for name in known { for factor in nodes[name]?.factors ?? [] { counts[factor, default: 0] += 1 } }
        let order = ["pool", "zone", "instance", "kernel", "os", "kubelet", "runtime"]
        return counts.filter { factor, count in
            Double(count) >= sickShare * Double(known.count)
                && Double(healthy.count { $0.value.factors.contains(factor) }) < healthyShare * Double(healthy.count)
        }.map(\.key).sorted {
            (order.firstIndex(of: $0.name) ?? 9, $0.value) < (order.firstIndex(of: $1.name) ?? 9, $1.value)
        }.map { "\($0.name)=\($0.value)" }
    }
}
