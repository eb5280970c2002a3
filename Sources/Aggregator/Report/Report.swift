import Shared

/// What `report` says, apart from how it is printed. Version 1 of the JSON format.
struct Report: Codable, Equatable, Sendable {
    static let schemaVersion = 1

    struct Summary: Codable, Equatable, Sendable {
        var fatal = 0
        var danger = 0
        var warning = 0
        var info = 0
        var unobserved = 0
        /// First seen within the window.
        var new = 0
        /// Hidden by a silence; there is no way to make one yet.
        var silenced = 0
    }

    struct Cluster: Codable, Equatable, Sendable {
        var name: String
        var version: String
        var nodes: Int
    }

    /// A cause and what hangs on it.
    struct Incident: Codable, Equatable, Sendable {
        var severity: Severity
        var since: String
        var object: String
        var cause: String
        var summary: String
        var findings: [String]
    }

    struct Item: Codable, Equatable, Sendable {
        struct Proof: Codable, Equatable, Sendable {
            var source: String
            var origin: String
            var time: String
            var text: String
        }

        var id: String
        var check: String
        var rule: String
        var also: [String]
        var severity: Severity
        var object: ObjectReference
        var node: String
        var subject: String
        var reason: String
        var message: String
        var remedy: String
        var first: String
        var last: String
        var count: Int
        var isState: Bool
        var condition: String
        var isDemo: Bool
        var resolved: String?
        var evidence: [Proof]
    }

    struct Unobserved: Codable, Equatable, Sendable {
        var check: String
        /// A node's name, `3 of 6 nodes`, or `cluster`.
        var scope: String
        var source: String
        var reason: UnobservedReason
        var since: String
        var detail: String
    }

    /// One check's outcomes over all nodes.
    struct CheckCount: Codable, Equatable, Sendable {
        var id: String
        var finding: Int
        var healthy: Int
        var unobserved: Int
    }

    struct NodeRow: Codable, Equatable, Sendable {
        var nodeName: String
        var severity: Severity
        var heartbeatTime: String
        var reason: String
        var message: String
        var findingId: String
    }

    struct EventRow: Codable, Equatable, Sendable {
        var namespace: String
        var severity: Severity
        var podName: String
        var eventTime: String
        var reason: String
        var message: String
        var findingId: String
    }

    struct CertificateRow: Codable, Equatable, Sendable {
        var name: String
        var expires: String
        var residual: String
        var findingId: String
    }

    struct Tables: Codable, Equatable, Sendable {
        var nodes: [NodeRow] = []
        var events: [EventRow] = []
        var certificates: [CertificateRow] = []
    }

    /// How the nodes' agents do.
    struct NodeState: Codable, Equatable, Sendable {
        var name: String
        var lastHeard: String
        var isHeard: Bool
        var rules: String
        var kernel: String
        var linesRead: Int64
        var residentBytes: Int64
    }

    var schemaVersion = Report.schemaVersion
    var generatedAt: String
    var window: String
    var cluster: Cluster
    var summary: Summary
    var incidents: [Incident]
    var findings: [Item]
    var unobserved: [Unobserved]
    var resolved: [Item]
    var checks: [CheckCount]
    var tables: Tables
    var nodes: [NodeState]
    /// Checks observed on at least one node, and all that were asked for.
    var observedChecks: Int
    var dropped: Int

    /// Exit status (DESIGN §2): 2 findings at or above `failOn`; 3 none, but a check that could have found one
    /// could not look; else 0.
    func exitStatus(failOn: Severity?) -> Int32 {
        guard let failOn else { return 0 }
        if findings.contains(where: { $0.severity >= failOn }) { return 2 }
        return unobserved.contains { !$0.reason.isExpected } ? 3 : 0
    }
}

/// What the user asked to see.
struct ReportOptions: Equatable, Sendable {
    var windowSeconds = 3600.0
    var severity = Severity.warning
    var node: String?
    /// For times that people read.
    var localTime = true
}
