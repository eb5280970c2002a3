/// `v1.31.4-gke.100` as a number to compare: major and minor.
package struct KubernetesVersion: Comparable, Sendable {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    package init?(_ text: String) {
        let parts = text.drop { $0 == "v" }.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return nil
        }
        self.init(major, minor)
    }

    package static func < (a: KubernetesVersion, b: KubernetesVersion) -> Bool {
        (a.major, a.minor) < (b.major, b.minor)
    }
}
