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
        name: .shortAndLong,
        help:
            "\(ReportFormats.all.map { "\($0.id): \($0.summary)" }.joined(separator: "; ")) (default: blocks on a terminal, else table)."
    )
    var output: String?

    @Option(help: "Rows per table; 0 for all.")
    var limit = 20

    @Option(help: "Columns of a line; longer ones are cut; 0 for any (default: the terminal's).")
    var width: Int?

    @Option(help: "Only one table: \(ReportLayout.tables.joined(separator: ", ")).")
    var table: String?

    @Flag(help: "Only the tables: no header, incidents or trailer.")
    var noHeader = false

    @Flag(
        name: .shortAndLong,
        help:
            "Refresh until interrupted; on a terminal with keys. With --fail-on it ends with 2 once something is found; on a terminal with the last report's status."
    )
    var watch = false

    @Option(help: "Exit with 2 when something at or above this severity is found.")
    var failOn: String?

    @Option(
        help: "Show what is new, worse and gone since a time ago (24h) or since a report saved with -o json (a file).")
    var newSince: String?

    @Option(
        help: "Audit manifests instead of a cluster: a file, a folder, or - for standard input; may be repeated.")
    var manifests: [String] = []

    @Option(help: "With --manifests: only files that git knows to differ from this revision.")
    var changedSince: String?

    @Option(help: "Leave out what this report, saved with -o json=FILE, holds already.")
    var baseline: String?

    @Option(help: "Also write the report to a file: FORMAT=FILE, as -o FORMAT=FILE does; may be repeated.")
    var also: [String] = []

    @Option(help: "Colours: auto, always or never.")
    var color = "auto"

    @Option(help: "One row per cluster: comma-separated contexts, or all.")
    var contexts: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let request = try request()
        if changedSince != nil, manifests.isEmpty {
            throw CommandFailure(message: "--changed-since is about files: add --manifests.")
        }
        if !manifests.isEmpty {
            var source = ManifestReport(paths: manifests, settings: try checks.settings())
            if let changedSince {
                source.changed = try await GitChanges.files(since: changedSince, paths: manifests)
            }
            let content = try source.content(request.asked.options, now: SystemClock().now())
            let status = try write(content, request)
            if status != 0 { throw ExitCode(status) }
            return
        }
        if let contexts {
            try await ContextsReport(command: self, request: request).run(contexts, environment)
            return
        }
        if watch, Terminal.isOutput, request.format.fitsTerminal {
            let status = await WatchScreen(command: self, request: request, environment: environment).run()
            if status != 0 { throw ExitCode(status) }
            return
        }
        while true {
            let (status, isDirect) = try await show(request, environment)
            // Somebody waits for what is found.
            if !watch || status == 2 {
                if status != 0 { throw ExitCode(status) }
                return
            }
            print()
            try await Task.sleep(for: .seconds(isDirect ? Self.watchDirectSeconds : Self.watchSeconds))
        }
    }

    /// Prints one report.
    /// - Returns: the exit status, and whether the API was read directly for it.
    private func show(_ request: Request, _ environment: [String: String]) async throws -> (Int32, Bool) {
        let obtained = try await obtain(request.asked.options, environment, context: nil) { client in
            try await rendered(request, client)
        }
        switch obtained {
        case .aggregator(.printed(let status, let overview)):
            if let overview { try sayGate(overview, status, request) }
            return (status, false)
        case .aggregator(.report(let report)): return (try write(ReportContent(report), request), false)
        case .api(let content): return (try write(content, request), true)
        }
    }

    private enum Rendered {
        /// With this exit status; header and numbers where `--fail-on` was given.
        case printed(Int32, ReportContent?)
        /// It is to be written here.
        case report(Report)
    }

    /// Has the aggregator write the report, and passes it on as it comes.
    private func rendered(_ request: Request, _ client: AggregatorClient) async throws -> Rendered {
        // What is kept in a file is compared here, with all that is found now; and several formats are written here.
        if (newSince != nil && request.asked.changesSeconds == nil) || baseline != nil || !request.files.isEmpty {
            return .report(try await client.report(request.asked.options))
        }
        let output = ReportOutput(allowsColours: request.asked.layout.usesColour)
        do throws(AggregatorFailure) {
            let status = try await client.rendered(request.asked) { output.write($0) }
            output.end()
            guard request.asked.failOn != nil else { return .printed(status, nil) }
            return .printed(status, ReportContent(try await client.overview(request.asked).0))
        } catch {
            // Another source would print a second report below the first part of this one.
            if output.hasWritten {
                throw CommandFailure(message: "The report broke off: \(output.problem ?? error.description)")
            }
            // An aggregator of an earlier version sends all, and it is written here.
            if error.isUnknownParameter { return .report(try await client.report(request.asked.options)) }
            if let node, error.isUnknownNode { throw Self.unknown(node) }
            throw error
        }
    }

    private static func unknown(_ node: String) -> CommandFailure {
        CommandFailure(message: "No node named '\(node)' is known.")
    }

    private func write(_ content: ReportContent, _ request: Request) throws -> Int32 {
        var content = content
        if let node, !content.knowsNode { throw Self.unknown(node) }
        if let baseline {
            content = ReportContent(try ReportBaseline(path: baseline).applied(to: content.report))
        }
        if let seconds = request.asked.changesSeconds {
            content = content.comparing(seconds: seconds)
        } else if let newSince {
            content = ReportContent(try ReportChanges.compare(content.report, withFile: newSince))
        }
        for file in request.files { try file.write(content, request.asked.layout) }
        var pieces = try request.format.pieces(content, request.asked.layout)
        while let piece = try pieces.next() { print(piece, terminator: "") }
        print()
        let status = content.exitStatus(failOn: request.asked.failOn)
        try sayGate(content, status, request)
        return status
    }

    /// In the log of a pipeline, beside the report: what `--fail-on` looked at.
    private func sayGate(_ content: ReportContent, _ status: Int32, _ request: Request) throws {
        guard let failOn = request.asked.failOn else { return }
        let language = try checks.language
        // Behind the report where both go to one place.
        fflush(nil)
        FileHandle.standardError.write(Data((content.gateLine(failOn: failOn, status: status, language) + "\n").utf8))
    }

    /// The validated options.
    struct Request {
        var asked: ReportRequest
        var format: any ReportFormat
        var files: [ReportFile] = []
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
        let id = output ?? (isForPeople ? "blocks" : "table")
        guard let format = ReportFormats.named(id) else {
            throw CommandFailure(
                message:
                    "-o must be one of \(ReportFormats.all.map(\.id).joined(separator: ", ")); '\(id)' is not valid."
            )
        }
        if let table, !ReportLayout.tables.contains(table) {
            throw CommandFailure(
                message:
                    "--table must be one of \(ReportLayout.tables.joined(separator: ", ")); '\(table)' is not valid.")
        }
        if limit < 0 { throw CommandFailure(message: "--limit must be 0 or more.") }
        if let width, width < 0 { throw CommandFailure(message: "--width must be 0 or more.") }
        let files = try also.map { try ReportFile($0) }
        let formats = [format] + files.map(\.format)
        // A baseline goes by the places that fail.
        options.hasDetail = formats.contains(where: \.showsDetail) || baseline != nil
        options.hasFixes = formats.contains(where: \.wantsFixes)
        var layout = ReportLayout(limit: limit, table: table, hasHeader: !noHeader)
        let environment = ProcessInfo.processInfo.environment
        layout.invocation = invocation()
        layout.command = command(layout.invocation)
        layout.localTime = format.timesAreLocal
        // The seed's tables are asked for as they are.
        let isFitted = Terminal.isOutput && format.fitsTerminal && output != "table"
        layout.width = width ?? (isFitted ? Terminal.columns(environment) : 0)
        layout.usesAges = Terminal.isOutput && format.hasAges
        layout.language = try checks.language
        let isTerminal = Terminal.isOutput && format.fitsTerminal
        guard let colour = ColourChoice(rawValue: color) else {
            throw CommandFailure(message: "--color must be auto, always or never; '\(color)' is not valid.")
        }
        layout.usesColour = format.fitsTerminal && colour.isWanted(environment, fits: isTerminal)
        layout.utcOffsetSeconds = TimeZone.current.secondsFromGMT()
        var asked = ReportRequest(options: options, layout: layout, format: format.id)
        asked.failOn = try failOn.map { try severityNamed($0, "--fail-on") }
        // Else it names a file.
        asked.changesSeconds = newSince.flatMap { try? GoDuration.seconds($0) }
        return Request(asked: asked, format: format, files: files)
    }

    /// Without `-o` somebody at a terminal gets blocks; `diag` is the seed's command and prints the seed's tables.
    private var isForPeople: Bool {
        Terminal.isOutput && table == nil && !noHeader && manifests.isEmpty && contexts == nil
            && CommandLine.arguments.dropFirst().first != "diag"
    }

    private func invocation() -> Invocation {
        Invocation(
            program: TypedWords.program(CommandLine.arguments.first), cluster: connection.words,
            own: TypedWords.flags([("aggregator", aggregator), ("lang", checks.lang)]))
    }

    /// What to type to see more, as this was typed.
    private func command(_ invocation: Invocation) -> String {
        let filters = TypedWords.flags(
            [
                ("namespace", connection.wantedNamespace), ("node", node), ("selector", selector),
                ("severity", severity == "warning" ? nil : severity), ("since", since == "1h" ? nil : since),
                ("only", checks.only), ("skip", checks.skip), ("new-since", newSince), ("config", checks.config),
                ("profile", checks.strict ? "strict" : checks.profile), ("overrides", checks.overrides),
            ] + checks.rules.map { ("filename", $0) } + manifests.map { ("manifests", $0) })
        return invocation.ke("report" + (filters.isEmpty ? "" : " \(filters)"))
    }

    private func severityNamed(_ text: String, _ flag: String) throws -> Severity {
        if let severity = Severity(rawValue: text) { return severity }
        throw CommandFailure(
            message:
                "\(flag) must be one of \(Severity.allCases.map(\.rawValue).joined(separator: ", ")); '\(text)' is not valid."
        )
    }

    // MARK: Where the data comes from

    enum Obtained<Answer> {
        case aggregator(Answer)
        /// Read directly.
        case api(ReportContent)
    }

    /// From an aggregator, where there is one; else from the API.
    /// - Parameter ask: takes what it needs from an aggregator. Where the one in the cluster fails, the API is read in
    ///   its place.
    func obtain<Answer>(
        _ options: ReportOptions, _ environment: [String: String], context: String?,
        _ ask: (AggregatorClient) async throws -> Answer
    ) async throws -> Obtained<Answer> {
        if let base = aggregator ?? environment["KE_AGGREGATOR"] {
            if checks.areOwn {
                throw CommandFailure(
                    message:
                        "--config, -f, --profile and --overrides are set at the aggregator; leave them out, or leave out --aggregator."
                )
            }
            return .aggregator(try await ask(AggregatorClient(.address(base))))
        }
        guard let target = try connection.connection(environment: environment, context: context) else {
            do { return .aggregator(try await ask(AggregatorClient(.address(Self.defaultAggregator)))) } catch let
                error as AggregatorFailure where error.kind == .unreachable
            {
                throw CommandFailure(
                    message:
                        "There is no kubeconfig and no cluster around this program, and no aggregator at \(Self.defaultAggregator). Name a cluster with --kubeconfig or --server, or an aggregator with --aggregator."
                )
            }
        }
        let clock = SystemClock()
        let client = try connection.client(target, clock: clock)
        if let namespace = connection.wantedNamespace { try await NamespaceCheck.run(namespace, client) }
        var notes: [String] = []
        if !checks.areOwn {
            do { return .aggregator(try await ask(AggregatorClient(.cluster(client)))) } catch let error
                as AggregatorFailure
            {
                if error.kind != .absent {
                    notes.append(
                        "the aggregator in the cluster was not observed (\(error.reason)); the API was read directly")
                }
            }
        }
        return .api(try await direct(client, options, notes))
    }

    /// Reads the API directly.
    private func direct(
        _ client: KubernetesClient, _ options: ReportOptions, _ notes: [String]
    ) async throws -> ReportContent {
        var settings = try checks.settings()
        var notes = notes
        let stored = await OverrideStore(client: client).load()
        settings.overrides.entries += stored.overrides.entries
        if let problem = stored.problem { notes.append(problem) }
        // A screen is no place for lines of progress.
        let progress = ProgressPrinter(clock: client.clock, isOn: isatty(2) == 1 && !watch)
        let scan = ClusterScan(
            client: client, settings: settings, namespace: options.namespace, windowSeconds: options.windowSeconds,
            snapshot: nil, onProgress: { progress.note($0) }, notes: notes)
        defer { progress.end() }
        let (state, _) = try await scan.run()
        // The index is gone, and the report takes its place.
        JSONDocument.releaseMemory()
        return ReportBuilder(state: state, options: options).content()
    }
}
