import RuleEngine
import Systemd

/// Which selectors a journal entry belongs to, and the matches that let only such entries through.
struct JournalClassifier: Sendable {
    private struct Names: Sendable {
        let bit: UInt64
        let values: [[UInt8]]
    }

    /// Each inner list is joined by AND, the lists by OR (`sd_journal_add_match(3)`).
    let terms: [[String]]
    private let kernelBits: UInt64
    private let driverBits: UInt64
    private let units: [Names]
    private let identifiers: [Names]
    private let onlySelector: UInt64?

    init(_ selectors: [SourceSelector]) {
        var terms: [[String]] = []
        var kernel: UInt64 = 0
        var driver: UInt64 = 0
        var units: [Names] = []
        var identifiers: [Names] = []
        for (index, selector) in selectors.enumerated() {
            let bit: UInt64 = 1 << UInt64(index)
            if selector == .kernel || selector == .kmsg {
                kernel |= bit
                terms.append(["_TRANSPORT=kernel"])
            } else if selector == .driver {
                driver |= bit
                terms.append(["_TRANSPORT=driver"])
            } else if !selector.units.isEmpty {
                units.append(Names(bit: bit, values: selector.units.map { Array($0.utf8) }))
                // PID 1 reports starts, stops and failures of a unit in its own name.
                for name in selector.units { terms += [["_SYSTEMD_UNIT=\(name)"], ["_PID=1", "UNIT=\(name)"]] }
            } else if !selector.identifiers.isEmpty {
                identifiers.append(Names(bit: bit, values: selector.identifiers.map { Array($0.utf8) }))
                for name in selector.identifiers { terms.append(["SYSLOG_IDENTIFIER=\(name)"]) }
            }
        }
        self.terms = terms
        kernelBits = kernel
        driverBits = driver
        self.units = units
        self.identifiers = identifiers
        onlySelector = selectors.count == 1 && units.isEmpty ? 1 : nil
    }

    /// Bits of the selectors that the current entry belongs to. Container output (`CONTAINER_ID`) is never a unit's.
    func selectors(of journal: borrowing Journal) throws(JournalError) -> UInt64 {
        if let onlySelector { return onlySelector }
        var bits: UInt64 = 0
        if kernelBits | driverBits != 0 {
            bits |=
                try journal.withField("_TRANSPORT") { transport in
                    // The first letter tells these two from all others: kernel, driver, syslog, journal, stdout, audit.
                    transport.first == UInt8(ascii: "k")
                        ? kernelBits : transport.first == UInt8(ascii: "d") ? driverBits : 0
                } ?? 0
        }
        if bits == 0, !units.isEmpty {
            bits |= try journal.withField("_SYSTEMD_UNIT") { Self.bits(units, $0) } ?? 0
            if bits == 0 { bits |= try journal.withField("UNIT") { Self.bits(units, $0) } ?? 0 }
            if bits != 0, try journal.withField("CONTAINER_ID", { _ in true }) == true { bits = 0 }
        }
        if !identifiers.isEmpty {
            bits |= try journal.withField("SYSLOG_IDENTIFIER") { Self.bits(identifiers, $0) } ?? 0
        }
        return bits
    }

    private static func bits(_ all: [Names], _ value: UnsafeRawBufferPointer) -> UInt64 {
        var bits: UInt64 = 0
        for names in all where names.values.contains(where: { $0.elementsEqual(value) }) { bits |= names.bit }
        return bits
    }
}
