import Findings
import Practice

/// Rows of the report's tables, in the order of their columns.
extension Report {
    struct NodeRow: Codable, Equatable, Sendable {
        var nodeName: String
        var severity: Severity
        var heartbeatTime: ReportTime
        var reason: String
        var message: String
        var findingId: String
    }

    struct ComponentRow: Codable, Equatable, Sendable {
        var name: String
        var severity: Severity
        var time: ReportTime
        var message: String
        var findingId: String
    }

    struct EventRow: Codable, Equatable, Sendable {
        var namespace: String
        var severity: Severity
        var podName: String
        var eventTime: ReportTime
        var reason: String
        var message: String
        var findingId: String
    }

    struct WorkloadRow: Codable, Equatable, Sendable {
        var namespace: String
        var severity: Severity
        var name: String
        var kind: String
        var time: ReportTime
        var message: String
        var findingId: String
        /// Rows of custom checks come first.
        var isCustom = false
        /// It lists best-practice checks that the workload fails; else it is about something that is broken. JSON does
        /// not show it: there the finding's id says it.
        var isPractice = false
        /// The finding's check; empty where it was read from JSON, which does not have it.
        var check = ""

        private enum CodingKeys: String, CodingKey {
            case namespace, severity, name, kind, time, message, findingId, isCustom
        }
    }

    struct CertificateRow: Codable, Equatable, Sendable {
        var name: String
        var expires: String
        var residual: String
        var findingId: String
    }

    struct Tables: Codable, Equatable, Sendable {
        var nodes: [NodeRow] = []
        var components: [ComponentRow] = []
        var events: [EventRow] = []
        var workloads: [WorkloadRow] = []
        var certificates: [CertificateRow] = []
    }
}

extension Report.WorkloadRow {
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        namespace = try values.decode(String.self, forKey: .namespace)
        severity = try values.decode(Severity.self, forKey: .severity)
        name = try values.decode(String.self, forKey: .name)
        kind = try values.decode(String.self, forKey: .kind)
        time = try values.decode(ReportTime.self, forKey: .time)
        message = try values.decode(String.self, forKey: .message)
        findingId = try values.decode(String.self, forKey: .findingId)
        isCustom = try values.decode(Bool.self, forKey: .isCustom)
        isPractice =
            findingId == PracticeState.Row.id(kind: kind, namespace: namespace, name: name, isCustom: isCustom)
    }
}
