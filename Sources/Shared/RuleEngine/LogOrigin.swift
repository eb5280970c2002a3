/// Who wrote a log line, as journald would say it: what decides which rules see the line.
package struct LogOrigin: Hashable, Sendable {
    package enum Transport: Hashable, Sendable {
        /// The kernel's log.
        case kernel
        /// journald about itself.
        case driver
        /// A service or program.
        case service
        /// The line does not say; every rule may see it.
        case unknown
    }

    package var transport: Transport
    /// Units that it may come from: a program's name does not always tell which (k3s.service, k3s-agent.service).
    package var units: [String] = []
    /// `SYSLOG_IDENTIFIER`; empty when it is not known.
    package var identifier = ""
    /// Output of a container, which is never a unit's.
    package var isContainer = false

    package static let unknown = LogOrigin(transport: .unknown)
    package static let kernel = LogOrigin(transport: .kernel, identifier: "kernel")

    package init(transport: Transport, units: [String] = [], identifier: String = "") {
        self.transport = transport
        self.units = units
        self.identifier = identifier
    }

    /// Whether an agent would hand the line to the rules of `selector`. Files have lines of their own
    /// (`FileLineReader`), so they are asked for each line.
    package func reaches(_ selector: SourceSelector) -> Bool {
        if transport == .unknown { return true }
        if selector == .kernel || selector == .kmsg { return transport == .kernel }
        if selector == .driver { return transport == .driver }
        if !selector.units.isEmpty {
            return transport != .kernel && !isContainer && units.contains(where: selector.units.contains)
        }
        return selector.identifiers.isEmpty || selector.identifiers.contains(identifier)
    }

    /// What a rule for such lines reads; nil when the line does not say.
    package var selector: SourceSelector? {
        switch transport {
        case .kernel: return .kernel
        case .driver: return .driver
        case .service: return units.first.map { .units([$0]) } ?? .identifiers([identifier], directory: "")
        case .unknown: return nil
        }
    }
}
