package import Findings
package import Platform

/// Best-practice findings, one row per top-level object.
package struct PracticeState: Sendable {
    package struct Row: Sendable, Equatable {
        package var id: String
        /// The object at the top: Deployment, CronJob, an operator's resource.
        package var object: ObjectReference
        /// Rows of custom checks come first.
        package var isCustom: Bool
        /// When the object was read, by the server's clock; nil: now.
        package var observed: Timestamp?
        package var acknowledgedBy: String?
        /// The worst of its failures.
        package var severity = Severity.info
        /// What was audited for it: the object itself, or what it made.
        private(set) var records: [AuditRecord] = []
        /// Failures that show only beside other objects.
        private var late: [AuditFailure] = []
        /// Failures by their places: a large cluster has a hundred thousand.
        private var places: [Place] = []

        private struct Place: Sendable, Equatable {
            var record: Int32
            /// In the record's list; below 0: in `late`.
            var index: Int32
            var severity: Severity
        }

        package var created: Timestamp? { records.first?.created }
        package var labels: [String: String] { records.first?.labels ?? [:] }
        var count: Int { places.count }
        /// Where its objects were read from.
        var files: Set<String> { Set(records.compactMap { $0.origin?.file }) }

        /// The same for the same object as long as it is there.
        /// - Parameter file: where the object was read from; empty for objects of a cluster.
        package static func id(kind: String, namespace: String, name: String, isCustom: Bool, file: String = "")
            -> String
        {
            var hash = StableHash()
            for part in ["practice", isCustom ? "custom" : "built-in", kind, namespace, name, file] {
                hash.combine(part)
            }
            return hash.hex
        }

        init(id: String, object: ObjectReference, isCustom: Bool) {
            self.id = id
            self.object = object
            self.isCustom = isCustom
        }

        /// - Parameter index: in the record's own list; nil: it is none of these.
        mutating func add(_ failure: AuditFailure, _ index: Int?, of record: AuditRecord, _ severity: Severity) {
            if records.last !== record { records.append(record) }
            if index == nil { late.append(failure) }
            places.append(
                Place(
                    record: Int32(records.count - 1), index: index.map { Int32($0) } ?? -Int32(late.count),
                    severity: severity))
            self.severity = max(self.severity, severity)
        }

        package var failures: [RatedFailure] {
            places.map { place in
                let record = records[Int(place.record)]
                let failure = place.index < 0 ? late[Int(-place.index) - 1] : record.failures[Int(place.index)]
                return RatedFailure(record: record, audit: failure, severity: place.severity)
            }
        }

        /// Checks and severities alone, which is all that tables show.
        package func forEach(_ body: (_ check: Int, _ severity: Severity) -> Void) {
            for place in places {
                let check =
                    place.index < 0
                    ? late[Int(-place.index) - 1].check : records[Int(place.record)].failures[Int(place.index)].check
                body(check, place.severity)
            }
        }
    }

    /// A failure of a record, with how bad it is here.
    package struct RatedFailure: Sendable, Equatable {
        var record: AuditRecord
        var audit: AuditFailure
        package var severity: Severity

        package var check: Int { audit.check }
        package var container: String { audit.text.container }
        package var path: String { audit.text.path }
        package var value: String { audit.text.value }
        package var message: String { audit.text.message }
        /// The audited object, where it is not the row's own: `ReplicaSet web-7d9f`.
        package var at: String { record.owner == nil ? "" : "\(record.object.kind) \(record.object.name)" }
        /// `FILE:LINE:COLUMN`; empty for objects of a cluster.
        package var place: String { record.origin?.place(of: audit.text.path) ?? "" }
    }

    /// Results of checks over objects.
    package struct Score: Sendable, Equatable {
        package var passed = 0
        package var warnings = 0
        package var dangers = 0

        /// floor(100·2S / (2S + W + 2D)); 100 where nothing was judged.
        package var value: Int {
            let whole = 2 * passed + warnings + 2 * dangers
            return whole == 0 ? 100 : 200 * passed / whole
        }
    }

    package struct NamespaceCount: Sendable, Equatable {
        package var workloads = 0
        package var failing = 0
        package var score = Score()
    }

    package var set = PracticeCheckSet.builtIn
    package var rows: [Row] = []
    package var namespaces: [String: NamespaceCount] = [:]
    package var score = Score()
    package var silenced = 0
    /// Objects that were audited.
    var objects = 0

    package init(
        set: PracticeCheckSet = PracticeCheckSet.builtIn, rows: [Row] = [],
        namespaces: [String: NamespaceCount] = [:], score: Score = Score(), silenced: Int = 0, objects: Int = 0
    ) {
        self.set = set
        self.rows = rows
        self.namespaces = namespaces
        self.score = score
        self.silenced = silenced
        self.objects = objects
    }
}

extension PracticeState: Equatable {
    package static func == (a: PracticeState, b: PracticeState) -> Bool {
        a.rows == b.rows && a.namespaces == b.namespaces && a.score == b.score && a.objects == b.objects
    }
}
