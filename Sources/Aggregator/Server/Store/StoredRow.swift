import Findings
import Foundation
import GRDB
import Platform
import Wire

/// One row, read without trust: a file may be damaged, or hold what an older version let in. Each column that is not
/// what it should be throws `RowDecodingError`.
struct StoredRow {
    let row: Row

    func text(_ column: String) throws -> String { try row.decode(String.self, forColumn: column) }
    func optionalText(_ column: String) throws -> String? { try row.decode(String?.self, forColumn: column) }
    func number(_ column: String) throws -> Int64 { try row.decode(Int64.self, forColumn: column) }
    func flag(_ column: String) throws -> Bool { try row.decode(Int64.self, forColumn: column) != 0 }
    func time(_ column: String) throws -> Timestamp { Timestamp(microseconds: try number(column)) }

    func optionalNumber(_ column: String) throws -> Int64? { try row.decode(Int64?.self, forColumn: column) }

    func optionalTime(_ column: String) throws -> Timestamp? {
        try optionalNumber(column).map { Timestamp(microseconds: $0) }
    }

    var detection: Detection {
        get throws {
            Detection(
                check: try text("check_id"), rule: try text("rule"), reason: try text("reason"),
                severity: Severity(rawValue: try text("severity")) ?? .warning,
                object: ObjectReference(
                    kind: try text("object_kind"), namespace: try text("object_namespace"),
                    name: try text("object_name"), uid: try text("object_uid")),
                subject: try text("subject"), message: try text("message"),
                also: try text("also").split(separator: ",").map(String.init), remedy: try text("remedy"),
                deadline: try optionalTime("deadline"))
        }
    }

    var finding: Finding {
        get throws {
            Finding(
                id: try text("id"), node: try text("node"), detection: try detection, first: try time("first"),
                last: try time("last"), count: Int(clamping: min(max(0, try number("count")), BatchApplier.countMax)),
                isState: try flag("is_state"), condition: try text("condition"),
                resolvedAt: try optionalTime("resolved"), isDemo: try flag("is_demo"),
                evidence: SQLiteRows.evidence(try text("evidence")))
        }
    }

    var state: StateReport {
        get throws {
            StateReport(
                try detection, since: try time("first"), last: try time("last"), condition: try text("condition"),
                owner: try text("owner"), bootID: try text("boot_id"), expires: try optionalTime("expires"),
                evidence: SQLiteRows.evidence(try text("evidence")))
        }
    }

    var node: Snapshot.Node {
        get throws {
            // Vitals that a later version wrote in another form are left out; they are no evidence of a failure.
            let vitals = try? JSONDecoder().decode(Vitals.self, from: Data(try text("vitals").utf8))
            return Snapshot.Node(
                name: try text("name"), bootID: try text("boot_id"), firstReport: try time("first_heard"),
                lastReport: try time("last_heard"), vitals: vitals ?? Vitals())
        }
    }

    var order: NodeOrder {
        get throws {
            NodeOrder(
                bootID: try text("boot_id"), epoch: try number("epoch"),
                startedAfterBoot: try optionalNumber("started"),
                sequence: try number("sequence"),
                pastBoots: try text("past_boots").split(separator: ",").map(String.init))
        }
    }

    var observation: Snapshot.NodeObservation {
        get throws {
            Snapshot.NodeObservation(
                node: try text("node"),
                observation: Observation(
                    check: try text("check_id"), source: try text("source"),
                    outcome: Observation.Outcome(rawValue: try text("outcome")) ?? .unobserved,
                    reason: try optionalText("reason").flatMap(UnobservedReason.init), since: try time("since"),
                    detail: try text("detail")))
        }
    }

    var change: NodeChange {
        get throws {
            NodeChange(
                node: try text("node"), what: try text("what"), old: try text("old"), new: try text("new"),
                time: try time("time"))
        }
    }
}

/// Reads rows one by one, and leaves out those that cannot be read.
struct RowReader {
    private(set) var unreadable = 0

    mutating func all<Value>(
        _ database: Database, sql: String, arguments: StatementArguments = StatementArguments(),
        _ read: (StoredRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
        while let row = try rows.next() {
            // A copy is read strictly; SQLite itself would turn a text into the number 0.
            do { values.append(try read(StoredRow(row: row.copy()))) } catch is RowDecodingError { unreadable += 1 }
        }
        return values
    }
}
