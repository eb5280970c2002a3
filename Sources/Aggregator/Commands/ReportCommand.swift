import ArgumentParser
import Foundation
import Shared

/// `ke-aggregator report`, also `ke diag`: what is wrong, now.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print what is wrong, what explains it, and what could not be looked at.",
        discussion:
            "Exit status: 0; with --fail-on 2 when something that bad was found, 3 when nothing was but a check could not look; 1 when no report could be made.",
        aliases: ["diag"])

    static let defaultAggregator = "http://127.0.0.1:7471"
    static let watchSeconds = 2.0

    @Option(help: "The aggregator's read address; $KE_AGGREGATOR, else \(ReportCommand.defaultAggregator).")
    var aggregator: String?

    @Option(help: "Only this node.")
    var node: String?

    @Option(help: "Least severity to show: info, warning, danger or fatal.")
    var severity = "warning"

    @Option(help: "How far back events count, for example 3h. States count while they hold.")
    var since = "1h"

    @Option(
        name: .shortAndLong, help: "\(ReportFormats.all.map { "\($0.id): \($0.summary)" }.joined(separator: "; ")).")
    var output = "table"

    @Option(help: "Rows per table; 0 for all.")
    var limit = 20

    @Option(help: "Only one table: nodes, events, certificates or observability.")
    var table: String?

    @Flag(help: "Only the tables: no header, incidents or trailer.")
    var noHeader = false

    @Flag(name: .shortAndLong, help: "Print again every two seconds until interrupted.")
    var watch = false

    @Option(help: "Exit with 2 when something at or above this severity is found.")
    var failOn: String?

    func run() async throws {
        let (options, layout, format, failAt) = try settings()
        let client = HTTPClient()
        while true {
            let report = ReportBuilder(snapshot: try await fetch(client, options), options: options).build()
            if let node, report.nodes.isEmpty {
                throw CommandFailure(message: "No agent of a node named '\(node)' was ever heard.")
            }
            let text = try format.render(report, layout)
            if watch { print("\u{1B}[H\u{1B}[2J", terminator: "") }
            print(text)
            if !watch {
                let status = report.exitStatus(failOn: failAt)
                if status != 0 { throw ExitCode(status) }
                return
            }
            try await Task.sleep(for: .seconds(Self.watchSeconds))
        }
    }

    private func settings() throws -> (ReportOptions, ReportLayout, any ReportFormat, Severity?) {
        var options = ReportOptions()
        options.node = node
        options.severity = try severityNamed(severity, "--severity")
        do throws(GoDuration.Problem) { options.windowSeconds = try GoDuration.seconds(since) } catch {
            throw CommandFailure(message: "--since: \(error).")
        }
        guard let format = ReportFormats.named(output) else {
            throw CommandFailure(
                message: "-o is one of \(ReportFormats.all.map(\.id).joined(separator: ", ")); '\(output)' is not.")
        }
        options.localTime = output == "table" || output == "wide"
        let tables = ["nodes", "events", "certificates", "observability"]
        if let table, !tables.contains(table) {
            throw CommandFailure(message: "--table is one of \(tables.joined(separator: ", ")); '\(table)' is not.")
        }
        if limit < 0 { throw CommandFailure(message: "--limit is 0 or more.") }
        var layout = ReportLayout(limit: limit, table: table, hasHeader: !noHeader)
        layout.command = command()
        return (options, layout, format, try failOn.map { try severityNamed($0, "--fail-on") })
    }

    /// What to type to see more, as this was typed.
    private func command() -> String {
        let program = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "ke-aggregator"
        return "\(program) report" + (aggregator.map { " --aggregator \($0)" } ?? "")
    }

    private func severityNamed(_ text: String, _ flag: String) throws -> Severity {
        if let severity = Severity(rawValue: text) { return severity }
        throw CommandFailure(
            message: "\(flag) is one of \(Severity.allCases.map(\.rawValue).joined(separator: ", ")); '\(text)' is not."
        )
    }

    private func fetch(_ client: HTTPClient, _ options: ReportOptions) async throws -> Snapshot {
        let base = aggregator ?? ProcessInfo.processInfo.environment["KE_AGGREGATOR"] ?? Self.defaultAggregator
        // The server's clock counts: it asks for a little more than the window, and for resolved states.
        let back = max(options.windowSeconds, ReportBuilder.resolvedSeconds) + 60
        let since = Timestamp.now() - back
        var request = HTTPRequest(url: "\(base)/v1/snapshot?since=\(since.microseconds)")
        request.responseBytesMax = 512 << 20
        request.timeoutSeconds = 60
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(request)
        } catch {
            throw CommandFailure(
                message:
                    "The aggregator at \(base) does not answer: \(error.message). Start it with `ke-aggregator serve`, or name another with --aggregator."
            )
        }
        guard response.status == 200 else {
            throw CommandFailure(
                message:
                    "The aggregator at \(base) answered HTTP \(response.status): \(TextSafety.printable(String(decoding: response.body.prefix(300), as: UTF8.self)))"
            )
        }
        guard let snapshot = try? JSONDecoder().decode(Snapshot.self, from: Data(response.body)) else {
            throw CommandFailure(message: "What answers at \(base) is not a KubeEye aggregator of this version.")
        }
        return snapshot
    }
}
