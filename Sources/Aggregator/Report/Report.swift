package import Findings
import Practice

/// What `report` says, apart from how it is printed. Version 1 of the JSON format; `docs/reference/report.schema.json`.
///
/// Times are typed until a format writes them: UTC for programs, this machine's zone for people. Arrays are never
/// null.
package struct Report: Codable, Equatable, Sendable {
    package static let schemaVersion = 1

    package struct Summary: Codable, Equatable, Sendable {
        package var fatal = 0
        package var danger = 0
        package var warning = 0
        var info = 0
        /// Checks that were not observed somewhere, for a reason that is not expected.
        package var unobserved = 0
        /// First seen within the window.
        var new = 0
        /// Hidden by an override.
        var silenced = 0
        var acknowledged = 0
        /// nil: it comes from a program of an earlier version.
        package var incidents: IncidentCount?

        package struct IncidentCount: Codable, Equatable, Sendable {
            package var fatal = 0
            package var danger = 0
            package var warning = 0
        }
    }

    /// Which of a server's evaluations a report was made from.
    package struct Generation: Codable, Equatable, Sendable {
        /// Counted from the server's start.
        package var number: Int
        /// How long before the answer it was evaluated.
        package var ageSeconds = 0.0
    }

    package struct Cluster: Codable, Equatable, Sendable {
        package var name: String
        /// Empty without a cluster.
        package var version: String
        package var nodes: Int
        package var ready: Int
        var leaving: Int
        /// When the API was read; nil: it was not.
        var scanned: ReportTime?
        /// Since when all of the API's Events are known; nil: they were not read.
        var eventsSince: ReportTime?
        /// What was limited, and why.
        var notes: [String]
    }

    /// A cause and what hangs on it.
    package struct Incident: Codable, Equatable, Sendable {
        package var id: String
        package var severity: Severity
        package var since: ReportTime
        package var object: String
        package var cause: String
        package var summary: String
        package var findings: [String]
        package var nodes: [String]
        package var pods: Int
        /// Workloads without a replica left, `Deployment shop/web`.
        package var lost: [String]
        /// What the sick nodes share: `pool=spot-a`.
        package var common: [String]
        /// Why it is one incident; nil where the format shows no detail.
        package var proof: Proof?
        /// nil: it comes from a program of an earlier version.
        package var action: Action?

        /// What a person who was woken up has to know of it first.
        package struct Action: Codable, Equatable, Sendable {
            /// The id of the finding that it is about.
            package var finding: String
            package var message: String
            /// `2 pods, 1 workload with no replica left`; empty: no more than the object.
            package var scope: String
            /// What was seen that shows it.
            package var because: String
            /// Of the check or the rule, with the names in it.
            package var remedy: String
            /// To paste into a shell, the first one first; without the flags that name a cluster.
            package var commands: [String]
            /// What `ke why` takes: `deployment/web -n shop`.
            package var why: String
        }
    }

    struct Item: Codable, Equatable, Sendable {
        struct Proof: Codable, Equatable, Sendable {
            var source: String
            var origin: String
            var time: ReportTime
            var count: Int
            var text: String
        }

        var id: String
        var check: String
        /// Another name of the check; the id itself where it has none.
        var alias: String
        var rule: String
        var also: [String]
        var severity: Severity
        /// The check's own severity by default.
        var level: Severity
        var object: ObjectReference
        var node: String
        var subject: String
        /// The workload at the top: `Deployment shop/web`; empty where there is none.
        var owner: String
        var reason: String
        var message: String
        var remedy: String
        /// To paste into a shell; nil: it comes from a program of an earlier version.
        var commands: [String]?
        var first: ReportTime
        var last: ReportTime
        var count: Int
        var incident: String
        var isState: Bool
        var condition: String
        var isDemo: Bool
        var acknowledgedBy: String
        var resolved: ReportTime?
        var evidence: [Proof]
        /// Of best-practice checks: each place that fails.
        var failures: [FailedPlace] = []
    }

    /// One place of a workload at which a best-practice check fails.
    struct FailedPlace: Codable, Equatable, Sendable {
        var check: String
        var alias: String
        var severity: Severity
        var level: Severity
        /// The audited object where it is not the finding's: `ReplicaSet web-7d9f`; else empty.
        var at: String
        var container: String
        /// `spec.template.spec.containers[1].image`.
        var path: String
        /// As JSON, cut; empty where nothing is there.
        var value: String
        /// What the check says, and what would be right.
        var message: String
        var expected: String
        /// `FILE:LINE:COLUMN`; empty for objects of a cluster.
        var place: String
        /// What satisfies the check; nil: not known, or not asked for. JSON never has it.
        var fix: Fix?

        /// A text to put before a character of the file.
        struct Fix: Codable, Equatable, Sendable {
            var line: Int
            var column: Int
            var text: String
        }
    }

    /// How the audited workloads do as a whole.
    struct Practice: Codable, Equatable, Sendable {
        struct Namespace: Codable, Equatable, Sendable {
            var namespace: String
            var workloads: Int
            var failing: Int
            var score: Int
            /// Workloads that fail each check, by alias.
            var checks: [String: Int]
        }

        /// YAML that would satisfy a check, by alias; only of checks that failed.
        struct Fix: Codable, Equatable, Sendable {
            var check: String
            var text: String
        }

        /// floor(100·2S / (2S + W + 2D)) over results S of success, W of warning and D of danger level.
        var score = 100
        var passed = 0
        var warnings = 0
        var dangers = 0
        var namespaces: [Namespace] = []
        var fixes: [Fix] = []
    }

    struct Unobserved: Codable, Equatable, Sendable {
        var check: String
        /// A node's name, `3 of 6 nodes`, or `cluster`.
        var scope: String
        var source: String
        var reason: UnobservedReason
        /// Where it is known.
        var since: ReportTime
        var detail: String
    }

    /// One check's outcomes over all objects.
    struct CheckCount: Codable, Equatable, Sendable {
        var id: String
        var finding: Int
        var healthy: Int
        var unobserved: Int
    }

    /// How the nodes' agents do.
    package struct NodeState: Codable, Equatable, Sendable {
        var name: String
        var lastReport: ReportTime
        /// It is reporting.
        var isReporting: Bool
        var rules: String
        var kernel: String
        var linesRead: Int64
        var residentBytes: Int64
        /// Conditions that no check judges, as they are.
        var otherConditions: [String]

        private enum CodingKeys: String, CodingKey {
            case name, rules, kernel, linesRead, residentBytes, otherConditions
            case lastReport = "lastHeard"
            case isReporting = "isHeard"
        }
    }

    package var schemaVersion = Report.schemaVersion
    var generatedAt: ReportTime
    var window: String
    /// nil: it was evaluated for this report.
    package var generation: Generation?
    package var cluster: Cluster
    package var summary: Summary
    package var incidents: [Incident]
    var findings: [Item]
    var unobserved: [Unobserved]
    var resolved: [Item]
    var checks: [CheckCount]
    var tables: Tables
    /// Agents that reported at least once.
    package var nodes: [NodeState]
    /// Checks observed somewhere.
    var observedChecks: Int
    /// Overrides whose time is over: place and reason.
    var expiredOverrides: [String]
    var dropped: Int
    var practice = Practice()
    /// nil: a cluster was read.
    var manifests: ManifestCounts?
    /// Compared with an earlier report: what is new, worse, and gone. nil: not asked for.
    var changes: Changes?

    struct Changes: Codable, Equatable, Sendable {
        var since: ReportTime
        var new: [String]
        var worse: [String]
        var gone: [Item]
    }

    /// As `ReportContent.exitStatus`.
    package func exitStatus(failOn: Severity?) -> Int32 { ReportContent(self).exitStatus(failOn: failOn) }
}
