import Shared

/// What the workload checks found, one row per top-level object.
struct PracticeState: Sendable {
    struct Row: Sendable, Equatable {
        var id: String
        /// The object at the top: Deployment, CronJob, an operator's resource.
        var object: ObjectReference
        /// Rows of custom checks come first.
        var isCustom: Bool
        var created: Timestamp?
        /// When the object was read, by the server's clock; nil: now.
        var observed: Timestamp?
        var labels: [String: String] = [:]
        var failures: [Failure]
        var acknowledgedBy: String?

        var severity: Severity { failures.map(\.severity).max() ?? .info }
    }

    struct Failure: Sendable, Equatable {
        var check: Int
        var severity: Severity
        /// The audited object, where it is not the row's own: `ReplicaSet web-7d9f`.
        var at: String = ""
        var container: String
        var path: String
        var value: String
        var message: String
        /// `FILE:LINE:COLUMN`; empty for objects of a cluster.
        var place: String
    }

    /// Results of checks over objects.
    struct Score: Sendable, Equatable {
        var passed = 0
        var warnings = 0
        var dangers = 0

        /// floor(100·2S / (2S + W + 2D)); 100 where nothing was judged.
        var value: Int {
            let whole = 2 * passed + warnings + 2 * dangers
            return whole == 0 ? 100 : 200 * passed / whole
        }
    }

    struct NamespaceCount: Sendable, Equatable {
        var workloads = 0
        var failing = 0
        var score = Score()
    }

    var set = WorkloadCheckSet.builtIn
    var rows: [Row] = []
    var namespaces: [String: NamespaceCount] = [:]
    var score = Score()
    var silenced = 0
    /// Objects that were audited.
    var objects = 0
}

extension PracticeState: Equatable {
    static func == (a: PracticeState, b: PracticeState) -> Bool {
        a.rows == b.rows && a.namespaces == b.namespaces && a.score == b.score && a.objects == b.objects
    }
}
