/// Which units write under which name: a text log has `SYSLOG_IDENTIFIER`, rules name units.
package struct UnitNames: Sendable {
    /// Names under which a unit's program writes besides the unit's own.
    private static let otherNames: [String: [String]] = [
        "init.scope": ["systemd"], "docker": ["dockerd"], "cri-docker": ["cri-dockerd"], "k3s-agent": ["k3s"],
        "microk8s.daemon-kubelite": ["kubelite"], "rke2-server": ["rke2"], "rke2-agent": ["rke2"],
        "chrony": ["chronyd"],
        "smartmontools": ["smartd"], "mdmonitor": ["mdadm"], "mdmonitor-oneshot": ["mdadm"], "open-iscsi": ["iscsid"],
        "ntp": ["ntpd"], "ntpsec": ["ntpd"], "nvidia-fabricmanager": ["nv-fabricmanager"],
        "networking": ["ifup", "ifdown", "dhclient"],
    ]

    private let byIdentifier: [String: [String]]
    /// The kubelet's units of all host profiles, and the runtimes'.
    let kubelets: [String]
    let runtimes: [String]

    /// - Parameters:
    ///   - rules: whose units are known by name.
    ///   - hosts: profiles whose units are known too.
    package init(_ rules: RuleSet, hosts: [HostProfile] = HostProfile.builtIn) {
        kubelets = Self.unique(["kubelet.service"] + hosts.flatMap(\.kubeletUnits))
        runtimes = Self.unique(["containerd.service"] + hosts.flatMap(\.runtimeUnits))
        let named = rules.groups.flatMap(\.selector.units)
        let logs = hosts.flatMap { $0.logs.map(\.unit) }
        var found: [String: [String]] = [:]
        for unit in Self.unique(kubelets + runtimes + logs + named) {
            for identifier in Self.identifiers(of: unit) { found[identifier, default: []].append(unit) }
        }
        byIdentifier = found
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// Names under which a unit's lines stand in a text log, its own first.
    package static func identifiers(of unit: String) -> [String] {
        var base = unit.hasSuffix(".service") ? String(unit.dropLast(8)) : unit
        if base.hasPrefix("snap.") { base = String(base.dropFirst(5)) }
        if let instance = base.firstIndex(of: "@") { base = String(base[..<instance]) }
        return [base, unit] + (otherNames[base] ?? [])
    }

    /// Units that write as `identifier`; empty when no rule and no profile names one.
    package func units(of identifier: String) -> [String] { byIdentifier[identifier] ?? [] }
}
