import AggregatorClient
import ArgumentParser
import CheckModel
import ClusterObjects
import Evaluation
import Findings
import Foundation
import KubernetesAPI
import Platform
import Report

/// `ke-aggregator report`, also `ke diag`: what is wrong, now.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print what is wrong, what explains it, and what was not observed.",
        discussion: """
            The data comes from --aggregator; else from the aggregator that is installed in the kubeconfig's cluster; \
            else the API is read directly, without data from inside the nodes.

            Exit status: 0; with --fail-on 2 when something at or above that severity was found, 3 when nothing was \
            found but some checks were not observed; 1 when no report could be made.
            """,
        aliases: ["diag"])

    static let defaultAggregator = "http://127.0.0.1:7471"
    static let watchSeconds = 2.0
    /// Reading the API directly loads the API server.
    static let watchDirectSeconds = 30.0

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions
    @OptionGroup(title: "Checks") var checks: CheckOptions

    @Option(help: "The aggregator's read address (default: $KE_AGGREGATOR).")
    var aggregator: String?

    @Option(help: "Only findings on this node.")
    var node: String?

    @Option(
        name: [.customShort("l"), .long], help: "Only findings about objects that match this label selector.")
    var selector: String?

    @Option(help: "Minimum severity to show: info, warning, danger or fatal.")
    var severity = "warning"

    @Option(help: "How far back events are reported, for example 3h; states are reported while they hold.")
    var since = "1h"

    @Option(
        name: .shortAndLong, help: "\(ReportFormats.all.map { "\($0.id): \($0.summary)" }.joined(separator: "; ")).")
    var output = "table"

    @Option(help: "Rows per table; 0 for all.")
    var limit = 20

    @Option(help: "Only one table: \(ReportCommand.tables.joined(separator: ", ")).")
    var table: String?

    @Flag(help: "Only the tables: no header, incidents or trailer.")
    var noHeader = false

    @Flag(name: .shortAndLong, help: "Refresh until interrupted.")
    var watch = false

    @Option(help: "Exit with 2 when something at or above this severity is found.")
    var failOn: String?

    @Option(
        help: "Show what is new, worse and gone since a time ago (24h) or since a report saved with -o json (a file).")
    var newSince: String?

    @Option(
        help: "Audit manifests instead of a cluster: a file, a folder, or - for standard input; may be repeated.")
    var manifests: [String] = []

    @Option(help: "One row per cluster: comma-separated contexts, or all.")
    var contexts: String?

    static let tables = ["incidents", "changes"] + ReportTable.allCases.map(\.rawValue) + ["observability"]

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let request = try request()
        if !manifests.isEmpty {
            let report = try ManifestReport(paths: manifests, settings: try checks.settings()).make(
                request.options, now: SystemClock().now())
            print(try request.format.render(report, request.layout))
            let status = report.exitStatus(failOn: request.failAt)
            if status != 0 { throw ExitCode(status) }
            return
        }
        if let contexts {
            try await ContextsReport(command: self, request: request).run(contexts, environment)
            return
        }
        while true {
            let (report, isDirect) = try await obtain(request, environment, context: nil)
            let text = try request.format.render(report, request.layout)
            if watch { print("\u{1B}[H\u{1B}[2J", terminator: "") }
            print(text)
            if !watch {
                let status = report.exitStatus(failOn: request.failAt)
                if status != 0 { throw ExitCode(status) }
                return
            }
            try await Task.sleep(for: .seconds(isDirect ? Self.watchDirectSeconds : Self.watchSeconds))
        }
    }

    /// The validated options.
    struct Request {
        var options: ReportOptions
        var layout: ReportLayout
        var format: any ReportFormat
        var failAt: Severity?
    }

    func request() throws -> Request {
        var options = ReportOptions()
        options.node = node
        options.namespace = connection.wantedNamespace
        options.severity = try severityNamed(severity, "--severity")
        options.language = try checks.language.rawValue
        let settings = try checks.settings()
        options.only = (settings.only ?? []).sorted()
        options.skip = try checks.skipIDs(settings.workloads)
        if let selector {
            guard LabelSelector(parsing: selector) != nil else {
                throw CommandFailure(
                    message: "-l: '\(selector)' is not a valid label selector, such as app=web,tier!=test.")
            }
            options.selector = selector
        }
        do throws(GoDuration.Problem) { options.windowSeconds = try GoDuration.seconds(since) } catch {
            throw CommandFailure(message: "--since: \(error).")
        }
        guard let format = ReportFormats.named(output) else {
            throw CommandFailure(
                message:
                    "-o must be one of \(ReportFormats.all.map(\.id).joined(separator: ", ")); '\(output)' is not valid."
            )
        }
        if let table, !Self.tables.contains(table) {
            throw CommandFailure(
                message: "--table must be one of \(Self.tables.joined(separator: ", ")); '\(table)' is not valid.")
        }
        if limit < 0 { throw CommandFailure(message: "--limit must be 0 or more.") }
        options.hasDetail = format.showsDetail
        var layout = ReportLayout(limit: limit, table: table, hasHeader: !noHeader)
        layout.command = command()
        layout.localTime = format.timesAreLocal
        layout.language = try checks.language
        let isTerminal = isatty(1) == 1 && format.fitsTerminal
        layout.usesColour = isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        return Request(
            options: options, layout: layout, format: format,
            failAt: try failOn.map { try severityNamed($0, "--fail-on") })
    }

    /// What to type to see more, as this was typed.
    private func command() -> String {
        let program = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? Names.aggregator
        let cluster = connection.context.map { " --context \($0)" } ?? ""
        return "\(program) report" + manifests.map { " --manifests \($0)" }.joined()
            + (aggregator.map { " --aggregator \($0)" } ?? "") + cluster
    }

    private func severityNamed(_ text: String, _ flag: String) throws -> Severity {
        if let severity = Severity(rawValue: text) { return severity }
        throw CommandFailure(
            message:
                "\(flag) must be one of \(Severity.allCases.map(\.rawValue).joined(separator: ", ")); '\(text)' is not valid."
        )
    }

    // MARK: Where the data comes from

    /// - Returns: the report, and whether the API was read directly for it.
    func obtain(_ request: Request, _ environment: [String: String], context: String?) async throws -> (Report, Bool) {
        var (report, isDirect) = try await fetch(request.options, environment, context: context)
        if let node, report.cluster.nodes == 0, report.nodes.isEmpty {
            throw CommandFailure(message: "No node named '\(node)' is known.")
        }
        if let newSince { report = try ReportChanges.compare(report, with: newSince) }
        return (report, isDirect)
    }

    private func fetch(
        _ options: ReportOptions, _ environment: [String: String], context: String?
    ) async throws -> (Report, Bool) {
        if let base = aggregator ?? environment["KE_AGGREGATOR"] {
            if checks.areOwn {
                throw CommandFailure(
                    message:
                        "--config, -f, --profile and --overrides are set at the aggregator; leave them out, or leave out --aggregator."
                )
            }
            return (try await AggregatorClient(.address(base)).report(options), false)
        }
        guard let target = try connection.connection(environment: environment, context: context) else {
            do {
                return (try await AggregatorClient(.address(Self.defaultAggregator)).report(options), false)
            } catch {
                throw CommandFailure(
                    message:
                        "There is no kubeconfig and no cluster around this program, and no aggregator at \(Self.defaultAggregator). Name a cluster with --kubeconfig or --server, or an aggregator with --aggregator."
                )
            }
        }
        let clock = SystemClock()
        let client = try connection.client(target, clock: clock)
        var notes: [String] = []
        if !checks.areOwn {
            do throws(AggregatorFailure) {
                return (try await AggregatorClient(.cluster(client)).report(options), false)
            } catch {
                if error.kind != .absent {
                    notes.append(
                        "the aggregator in the cluster was not observed (\(error.reason)); the API was read directly")
                }
            }
        }
        return (try await direct(client, options, notes), true)
    }

    /// Reads the API directly.
    private func direct(_ client: KubernetesClient, _ options: ReportOptions, _ notes: [String]) async throws -> Report
    {
        var settings = try checks.settings()
        var notes = notes
        let stored = await OverrideStore(client: client).load()
        settings.overrides.entries += stored.overrides.entries
        if let problem = stored.problem { notes.append(problem) }
        let progress = ProgressPrinter(clock: client.clock)
        let scan = ClusterScan(
            client: client, settings: settings, namespace: options.namespace, windowSeconds: options.windowSeconds,
            snapshot: nil, onProgress: { progress.note($0) }, notes: notes)
        defer { progress.end() }
        let (state, _) = try await scan.run()
        // The index is gone, and the report takes its place.
        JSONDocument.releaseMemory()
        return ReportBuilder(state: state, options: options).build()
    }
}
