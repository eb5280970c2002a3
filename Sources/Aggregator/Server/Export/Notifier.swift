import Findings
import Foundation
package import HTTP
import Platform
import Report

/// Notifies one sink of incidents: when one opens, when it gets worse, when it is resolved; not of incidents that
/// follow from another.
///
/// An incident lives on as long as one of its findings is in an incident: groups that merge or split are not news.
/// What was sent is kept in a file, so that a restart sends nothing twice and forgets no resolution.
package actor Notifier: Exporter {
    package nonisolated let id = "notifications"
    package nonisolated let periodSeconds = 15.0
    package nonisolated let needsReport = true

    /// Consecutive rounds in which an incident must be absent until it counts as resolved; one may be due to a restart.
    static let goneLooks = 2
    /// Findings that are remembered of one incident.
    static let findingsMax = 500
    /// Messages sent in one round; the rest follows in the next.
    static let messagesMax = 20

    /// An incident that this sink was notified of.
    struct Notified: Codable, Sendable, Equatable {
        var incident: Report.Incident
        var findings: Set<String>
        var goneLooks = 0
        var notifiedAt: Timestamp

        private enum CodingKeys: String, CodingKey {
            case incident, findings, goneLooks
            case notifiedAt = "toldAt"
        }
    }

    nonisolated let sink: NotificationSink
    private let http: HTTPClient
    private let deliveries: Deliveries
    private let path: String
    private var notified: [Notified]
    /// Why the file of what was sent could not be read; reported once.
    private var readProblem: String?

    /// - Parameter folder: of the state.
    package init(_ sink: NotificationSink, http: HTTPClient, folder: String, deliveries: Deliveries) {
        self.sink = sink
        self.http = http
        self.deliveries = deliveries
        var hash = StableHash()
        hash.combine(sink.name)
        path = "\(folder)/notified-\(hash.hex).json"
        do {
            notified =
                Files.exists(path)
                ? try JSONDecoder().decode([Notified].self, from: Data(try Files.read(path, bytesMax: 64 << 20))) : []
        } catch {
            notified = []
            readProblem = "\(sink.name): \(path) cannot be read, so incidents may be notified again: \(error)"
        }
    }

    package func export(_ picture: ExportPicture) async -> [String] {
        guard let report = picture.report else { return [] }
        let (messages, next) = Self.step(notified, report, sink, now: picture.now)
        var problems = readProblem.map { [$0] } ?? []
        readProblem = nil
        var sent = next
        for message in messages {
            do {
                try await sink.send(message.message, http: http, now: picture.now)
                deliveries.note(message.message.incident.findings, sink: sink.name, at: picture.now)
            } catch {
                problems.append("\(error)")
                // It is sent again in the next round.
                sent = message.undo(sent)
            }
        }
        if sent != notified {
            notified = sent
            do {
                try Files.writeAtomically([UInt8](try JSONEncoder().encode(notified)), to: path)
            } catch {
                problems.append("\(sink.name): \(error)")
            }
        }
        return problems
    }

    /// A message, and how to take back that it was sent.
    struct Due: Sendable {
        var message: NotificationSink.Message
        var undo: @Sendable ([Notified]) -> [Notified]
    }

    /// The messages that are due, and what has been notified once all of them are delivered.
    static func step(
        _ notified: [Notified], _ report: ReportContent, _ sink: NotificationSink, now: Timestamp
    ) -> (messages: [Due], next: [Notified]) {
        var due: [Due] = []
        var next: [Notified] = []
        var left = notified
        func message(_ change: NotificationSink.Change, _ incident: Report.Incident) -> NotificationSink.Message {
            .init(change: change, incident: incident, cluster: report.cluster.name, at: now)
        }
        for incident in report.incidents where incident.severity >= .info {
            let findings = Set(incident.findings.prefix(findingsMax))
            let known = left.filter { !$0.findings.isDisjoint(with: findings) }
            left.removeAll { !$0.findings.isDisjoint(with: findings) }
            guard var mine = known.max(by: { $0.incident.severity < $1.incident.severity }) else {
                guard incident.severity >= sink.leastSeverity else { continue }
                guard due.count < messagesMax else { continue }
                let new = Notified(incident: incident, findings: findings, notifiedAt: now)
                next.append(new)
                due.append(
                    Due(message: message(.open, incident)) { $0.filter { $0.incident.id != incident.id } })
                continue
            }
            let before = mine
            // Under the name that it was notified by, so that its end closes what its beginning opened.
            var current = incident
            current.id = mine.incident.id
            current.since = mine.incident.since
            mine.goneLooks = 0
            let id = mine.incident.id
            mine.findings = findings.union(known.flatMap(\.findings).prefix(findingsMax))
            if incident.severity > before.incident.severity, incident.severity >= sink.leastSeverity,
                due.count < messagesMax
            {
                mine.incident = current
                mine.notifiedAt = now
                due.append(
                    Due(message: message(.worse, current)) { $0.map { $0.incident.id == id ? before : $0 } })
            } else if let span = sink.repeatsSeconds, now.seconds(since: mine.notifiedAt) >= span {
                mine.notifiedAt = now
                due.append(
                    Due(message: message(.holds, current)) { $0.map { $0.incident.id == id ? before : $0 } })
            }
            next.append(mine)
            // Merged ones have no end of their own; Alertmanager needs one.
            for other in known where other.incident.id != mine.incident.id && sink.repeatsSeconds != nil {
                due.append(Due(message: message(.resolved, other.incident)) { $0 })
            }
        }
        for var gone in left {
            gone.goneLooks += 1
            if gone.goneLooks < goneLooks || due.count >= messagesMax {
                next.append(gone)
                continue
            }
            let back = gone
            due.append(Due(message: message(.resolved, gone.incident)) { $0 + [back] })
        }
        return (due, next)
    }
}
