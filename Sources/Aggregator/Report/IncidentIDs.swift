import Evaluation
import Synchronization

/// The incidents that findings belong to, by the findings' ids; looked up by formats that print every finding alone.
final class IncidentIDs: Sendable {
    private let groups: [IncidentGrouping.Group]
    private let known = Mutex<[String: String]?>(nil)

    init(_ groups: [IncidentGrouping.Group]) { self.groups = groups }

    /// nil: it belongs to none.
    subscript(finding: String) -> String? {
        known.withLock { known in
            if let known { return known[finding] }
            var all: [String: String] = [:]
            for group in groups {
                let id = group.id
                for finding in group.findings { all[finding.id] = id }
            }
            known = all
            return all[finding]
        }
    }
}
