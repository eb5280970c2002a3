import Platform

/// The rule packs of rules/, which are built into the programs, with the host profiles and the healthy corpus.
package enum BuiltInRules {
    /// Packs are named like files below this.
    package static let folder = "built-in/"

    package static var texts: [(name: String, bytes: [UInt8])] {
        Embedded.files(under: "rules/logs/").map { (folder + $0.name, $0.bytes) }
    }

    /// The packs, read; tests prove that they hold no mistake.
    package static let files: [RuleFile] = read()

    /// Read each time, for callers that do not keep all of it.
    package static func read() -> [RuleFile] { RuleSet.read(texts) }

    package static var hosts: [UInt8] { Embedded.file("rules/hosts.yaml") }

    /// Lines of machines on which nothing is wrong: boots, DHCP, pod networks, packages, ssh guesses, containers.
    /// - Parameter isKernel: the kernel's own, else those of services.
    package static func healthyLines(isKernel: Bool) -> [[UInt8]] {
        Embedded.file("rules/healthy/\(isKernel ? "kernel" : "services").log")
            .split(separator: UInt8(ascii: "\n")).map { Array($0) }
    }
}
