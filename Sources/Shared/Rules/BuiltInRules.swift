internal import CRulePacks

/// The rule packs of rules/, which are built into the programs, with the host profiles and the healthy corpus.
public enum BuiltInRules {
    /// Packs are named like files below this.
    public static let folder = "built-in/"

    private static let all: [(name: String, bytes: [UInt8])] = {
        var all: [(String, [UInt8])] = []
        var entry = ke_rule_files_first()
        while let name = entry?.pointee.name, let file = entry?.pointee {
            all.append((String(cString: name), Array(UnsafeBufferPointer(start: file.bytes, count: file.length))))
            entry = entry?.successor()
        }
        return all
    }()

    public static var texts: [(name: String, bytes: [UInt8])] {
        all.filter { $0.name.hasSuffix(".yaml") && $0.name != "hosts.yaml" }.map { (folder + $0.name, $0.bytes) }
    }

    /// The packs, read; tests prove that they hold no mistake.
    public static let files: [RuleFile] = RuleSet.read(texts)

    public static var hosts: [UInt8] { all.first { $0.name == "hosts.yaml" }?.bytes ?? [] }

    /// Lines of machines on which nothing is wrong: boots, DHCP, pod networks, packages, ssh guesses, containers.
    /// - Parameter isKernel: the kernel's own, else those of services.
    public static func healthyLines(isKernel: Bool) -> [[UInt8]] {
        let name = isKernel ? "healthy/kernel.log" : "healthy/services.log"
        return (all.first { $0.name == name }?.bytes ?? []).split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}
