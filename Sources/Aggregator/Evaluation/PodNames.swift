import Checks
import ClusterIndex
import Regex

/// Finds the pods that lines of the kubelet and of runtimes name.
enum PodNames {
    /// Names of one finding's lines that are looked at.
    static let namesMax = 32

    struct Name: Hashable {
        var namespace = ""
        var name = ""
        var uid = ""
    }

    /// klog's structured `pod="shop/web-0"` and `podUID="…"`, also with escaped quotes; `PodSandboxMetadata` and
    /// `ContainerMetadata` of the CRI as Go prints them; text forms before Kubernetes 1.21, `pod "web-0_shop(uid)"`
    /// and `pod uid ("web-0_shop(uid)")`.
    private static let patterns = [
        LazyRegex(#"\bpod=\\*"(?P<namespace>[a-z0-9.-]+)/(?P<name>[a-z0-9.-]+)\\*""#),
        LazyRegex(
            #"PodSandboxMetadata\{Name:(?P<name>[a-z0-9.-]+),(?:Uid:(?P<uid>[0-9a-f-]*),)?"#
                + #"Namespace:(?P<namespace>[a-z0-9.-]+),"#),
        LazyRegex(#"(?:\bpod |\()\\*"(?P<name>[a-z0-9.-]+)_(?P<namespace>[a-z0-9.-]+)\((?P<uid>[0-9a-f-]+)\)"#),
        LazyRegex(#"\bpod (?P<namespace>[a-z0-9.-]+)/(?P<name>[a-z0-9.-]+)\b"#),
        LazyRegex(#"^(?P<namespace>[a-z0-9.-]+)/(?P<name>[a-z0-9.-]+)$"#),
        LazyRegex(#"\bpodUID=\\*"?(?P<uid>[0-9a-f]{8}-[0-9a-f-]{27})"#),
    ]

    /// Each once, in the order of the texts; of one text the first way of naming that it holds.
    static func named(in texts: [String]) -> [Name] {
        var names: [Name] = []
        for text in texts where names.count < namesMax {
            for pattern in patterns {
                guard let found = pattern.compiled?.captures(in: text) else { continue }
                let name = Name(
                    namespace: found["namespace"] ?? "", name: found["name"] ?? "", uid: found["uid"] ?? "")
                if !names.contains(where: {
                    $0.name == name.name && $0.namespace == name.namespace && $0.uid == name.uid
                }) {
                    names.append(name)
                }
                break
            }
        }
        return names
    }
}

extension ClusterView {
    /// The pod that a line names, where the API knows it.
    func pod(_ name: PodNames.Name) -> PodRecord? {
        index.pods[name.namespace, name.name] ?? (name.uid.isEmpty ? nil : pod(uid: name.uid))
    }
}
