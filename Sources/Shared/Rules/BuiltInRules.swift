internal import CRulePacks

/// The rule packs of rules/, which are built into the programs, with the host profiles and the healthy corpus.
public enum BuiltInRules {
    /// Packs are named like files below this.
    public static let folder = "built-in/"

    /// Copied anew each time: an agent needs them once, and keeps no bytes of them.
    private static func files(where isWanted: (String) -> Bool) -> [(name: String, bytes: [UInt8])] {
        var found: [(String, [UInt8])] = []
        var entry = ke_rule_files_first()
        while let name = entry?.pointee.name.map({ String(cString: $0) }), let file = entry?.pointee {
            if isWanted(name) {
                found.append((name, Array(UnsafeBufferPointer(start: file.bytes, count: file.length))))
            }
            entry = entry?.successor()
        }
        return found
    }

    public static var texts: [(name: String, bytes: [UInt8])] {
        files { $0.hasSuffix(".yaml") && $0 != "hosts.yaml" }.map { (folder + $0.name, $0.bytes) }
    }

    /// The packs, read; tests prove that they hold no mistake.
    public static let files: [RuleFile] = read()

    /// Read anew, for whoever does not want to keep all of it.
    public static func read() -> [RuleFile] { RuleSet.read(texts) }

    public static var hosts: [UInt8] { files { $0 == "hosts.yaml" }.first?.bytes ?? [] }

    /// Lines of machines on which nothing is wrong: boots, DHCP, pod networks, packages, ssh guesses, containers.
    /// - Parameter isKernel: the kernel's own, else those of services.
    public static func healthyLines(isKernel: Bool) -> [[UInt8]] {
        let name = isKernel ? "healthy/kernel.log" : "healthy/services.log"
        return (files { $0 == name }.first?.bytes ?? []).split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}
