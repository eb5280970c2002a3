import AggregatorClient
import ArgumentParser
import Foundation
import KubernetesAPI
import Platform
import Report

/// `report --contexts a,b|all`: one row per cluster, also for those that cannot be reached.
struct ContextsReport {
    let command: ReportCommand
    let request: ReportCommand.Request

    private struct Row: Encodable {
        var context: String
        var version: String
        var nodes: String
        /// nil, in tables `-`: not observed.
        var fatal: Int?
        var danger: Int?
        var warning: Int?
        var unobserved: Int?
        var worst: String
        /// Empty: the report was made.
        var error: String
    }

    func run(_ list: String, _ environment: [String: String]) async throws {
        let config = try command.connection.loaded(environment)
        let names = list == "all" ? config.contexts.keys.sorted() : list.split(separator: ",").map(String.init)
        if names.isEmpty { throw CommandFailure(message: "The kubeconfig has no contexts.") }
        var rows: [Row] = []
        var status: Int32 = 0
        for name in names {
            do {
                let (report, own) = try await overview(environment, context: name)
                status = Self.worse(status, own)
                let worst = report.incidents.first
                rows.append(
                    Row(
                        context: name, version: report.cluster.version,
                        nodes: "\(report.cluster.ready)/\(report.cluster.nodes)",
                        fatal: report.summary.fatal, danger: report.summary.danger, warning: report.summary.warning,
                        unobserved: report.summary.unobserved,
                        worst: worst.map { "\($0.cause) \($0.object): \($0.summary)" } ?? "-", error: ""))
            } catch {
                let text = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
                rows.append(
                    Row(
                        context: name, version: "", nodes: "-", worst: "-", error: text))
                // What nobody has seen is not healthy, whether a gate was asked for or not.
                status = Self.worse(status, 3)
            }
        }
        try show(rows)
        if rows.allSatisfy({ !$0.error.isEmpty }) { throw ExitCode(1) }
        if status != 0 { throw ExitCode(status) }
    }

    /// - Returns: header, numbers and the worst incident; and the exit status.
    private func overview(_ environment: [String: String], context: String) async throws -> (Report, Int32) {
        let asked = request.asked
        let obtained = try await command.obtain(asked.options, environment, context: context) { client in
            try await client.overview(asked)
        }
        let answer =
            switch obtained {
            case .aggregator(let answer): answer
            case .api(let content): (content.overview(first: 1), content.exitStatus(failOn: asked.failOn))
            }
        if let node = asked.options.node, !ReportContent(answer.0).knowsNode {
            throw CommandFailure(message: "No node named '\(node)' is known.")
        }
        return answer
    }

    /// Findings (2) before checks that were not observed (3) before nothing (0).
    private static func worse(_ a: Int32, _ b: Int32) -> Int32 { a == 2 || b == 2 ? 2 : max(a, b) }

    private static func text(_ count: Int?) -> String { count.map { String($0) } ?? "-" }

    private func show(_ rows: [Row]) throws {
        if let text = try request.format.render(value: ["clusters": rows]) {
            print(text)
            return
        }
        var table = TextTable(
            ["CONTEXT", "VERSION", "NODES", "FATAL", "DANGER", "WARNING", "UNOBSERVED", "WORST"].map {
                .init(title: $0)
            })
        for row in rows {
            table.add([
                row.context, row.version.isEmpty ? "-" : row.version, row.nodes, Self.text(row.fatal),
                Self.text(row.danger), Self.text(row.warning), Self.text(row.unobserved),
                TextSafety.cut(row.error.isEmpty ? row.worst : "not observed: \(row.error)", bytesMax: 200),
            ])
        }
        print(table.lines().joined(separator: "\n"))
    }
}
