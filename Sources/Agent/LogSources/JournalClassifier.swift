internal import Glibc
import RuleEngine

/// Which selectors a journal entry belongs to, by the values of its fields.
struct JournalClassifier: Sendable {
    /// A value of a field, and the selectors that want it.
    private struct Name: Sendable {
        let value: [UInt8]
        let bits: UInt64
    }

    /// What lets only wanted entries through (`sd_journal_add_match(3)`): each inner list is joined by AND, the lists
    /// by OR.
    let terms: [[String]]
    let kernelBits: UInt64
    let driverBits: UInt64
    private let units: [Name]
    private let identifiers: [Name]

    var asksTransport: Bool { kernelBits | driverBits != 0 }
    var asksUnits: Bool { !units.isEmpty }
    var asksIdentifiers: Bool { !identifiers.isEmpty }

    init(_ selectors: [SourceSelector]) {
        var terms: [[String]] = []
        var kernel: UInt64 = 0
        var driver: UInt64 = 0
        var units: [String: UInt64] = [:]
        var identifiers: [String: UInt64] = [:]
        for (index, selector) in selectors.enumerated() {
            let bit: UInt64 = 1 << UInt64(index)
            if selector == .kernel || selector == .kmsg {
                kernel |= bit
                terms.append(["_TRANSPORT=kernel"])
            } else if selector == .driver {
                driver |= bit
                terms.append(["_TRANSPORT=driver"])
            } else if !selector.units.isEmpty {
                for name in selector.units {
                    units[name, default: 0] |= bit
                    // PID 1 reports starts, stops and failures of a unit in its own name.
                    terms += [["_SYSTEMD_UNIT=\(name)"], ["_PID=1", "UNIT=\(name)"]]
                }
            } else {
                for name in selector.identifiers {
                    identifiers[name, default: 0] |= bit
                    terms.append(["SYSLOG_IDENTIFIER=\(name)"])
                }
            }
        }
        self.terms = terms
        kernelBits = kernel
        driverBits = driver
        self.units = Self.names(units)
        self.identifiers = Self.names(identifiers)
    }

    private static func names(_ bits: [String: UInt64]) -> [Name] {
        bits.sorted { $0.key < $1.key }.map { Name(value: Array($0.key.utf8), bits: $0.value) }
    }

    func transportBits(_ value: UnsafeRawBufferPointer) -> UInt64 {
        // The first letter tells these two from all others: kernel, driver, syslog, journal, stdout, audit.
        switch value.first {
        case UInt8(ascii: "k"): kernelBits
        case UInt8(ascii: "d"): driverBits
        default: 0
        }
    }

    func unitBits(_ value: UnsafeRawBufferPointer) -> UInt64 { Self.bits(units, value) }
    func identifierBits(_ value: UnsafeRawBufferPointer) -> UInt64 { Self.bits(identifiers, value) }

    private static func bits(_ names: [Name], _ value: UnsafeRawBufferPointer) -> UInt64 {
        for name in names where value.isEqual(to: name.value) { return name.bits }
        return 0
    }
}

extension UnsafeRawBufferPointer {
    func isEqual(to other: [UInt8]) -> Bool { count == other.count && other.withUnsafeBytes { hasPrefix($0) } }

    func hasPrefix(_ other: UnsafeRawBufferPointer) -> Bool {
        guard let own = baseAddress, let others = other.baseAddress, count >= other.count else {
            return other.isEmpty
        }
        return memcmp(own, others, other.count) == 0
    }
}
