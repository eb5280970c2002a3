import Findings
import KubernetesAPI
import Platform

/// The query of `GET /v1/report`, which says what the command line says.
extension ReportRequest {
    package static let windowSecondsMax = 7 * 86_400.0
    static let changesSecondsMax = 366 * 86_400.0
    static let limitMax = 1_000_000
    static let widthMax = 10_000
    /// Of a name of an object (RFC 1123 subdomain).
    static let nameBytesMax = 253
    static let selectorBytesMax = 4096
    static let commandBytesMax = 1024
    /// Checks that a list names.
    static let checksMax = 1000
    /// Zones lie between UTC-12 and UTC+14.
    static let offsetSecondsMax = 14 * 3600
    /// Of the answer to a request with `failOn`.
    package static let exitStatusHeader = "X-Ke-Exit-Status"

    /// Why a query is not valid.
    package struct Problem: Error, Equatable, Sendable {
        package let message: String
    }

    /// One parameter: how it is written and read.
    private struct Parameter: Sendable {
        var name: String
        /// Another name of it.
        var alias: String?
        /// Behind "is": what a value has to be.
        var expected: String
        /// nil: it is not sent, because it is what is meant without it.
        var write: @Sendable (ReportRequest) -> String?
        /// False: the value is not valid.
        var read: @Sendable (inout ReportRequest, String) -> Bool
    }

    private static let severities = "one of \(Severity.allCases.map(\.rawValue).joined(separator: ", "))"
    private static let duration = "a number of seconds or a duration such as 3h"
    private static let name = "a name of at most \(nameBytesMax) bytes"
    private static let flags = "0 or 1"
    private static let checks = "a comma-separated list of at most \(checksMax) checks"

    private static let parameters: [Parameter] = {
        var all: [Parameter] = []
        func add(
            _ name: String, alias: String? = nil, _ expected: String,
            write: @escaping @Sendable (ReportRequest) -> String?,
            read: @escaping @Sendable (inout ReportRequest, String) -> Bool
        ) {
            all.append(Parameter(name: name, alias: alias, expected: expected, write: write, read: read))
        }
        add("since", "\(duration), up to 7 days") {
            String(Int($0.options.windowSeconds))
        } read: {
            set(&$0.options.windowSeconds, seconds($1, max: windowSecondsMax))
        }
        add("severity", severities) {
            $0.options.severity.rawValue
        } read: {
            set(&$0.options.severity, Severity(rawValue: $1))
        }
        add("node", name) {
            $0.options.node
        } read: {
            set(&$0.options.node, text($1))
        }
        add("namespace", name) {
            $0.options.namespace
        } read: {
            set(&$0.options.namespace, text($1))
        }
        add("selector", "a label selector of at most \(selectorBytesMax) bytes") {
            $0.options.selector
        } read: {
            guard let selector = text($1, bytesMax: selectorBytesMax), LabelSelector(parsing: selector) != nil else {
                return false
            }
            $0.options.selector = selector
            return true
        }
        add("only", checks) {
            list($0.options.only)
        } read: {
            set(&$0.options.only, list($1))
        }
        add("skip", checks) {
            list($0.options.skip)
        } read: {
            set(&$0.options.skip, list($1))
        }
        add("lang", alias: "language", "en or zh") {
            $0.options.language
        } read: {
            guard let language = Language(rawValue: $1) else { return false }
            $0.options.language = $1
            $0.layout.language = language
            return true
        }
        add("detail", flags) {
            flag($0.options.hasDetail)
        } read: {
            set(&$0.options.hasDetail, flag($1))
        }
        add("format", "one of \(ReportFormats.all.map(\.id).joined(separator: ", "))") {
            $0.format
        } read: {
            set(&$0.format, ReportFormats.named($1)?.id)
        }
        add("table", "one of \(ReportLayout.tables.joined(separator: ", "))") {
            $0.layout.table
        } read: {
            set(&$0.layout.table, ReportLayout.tables.contains($1) ? $1 : nil)
        }
        add("limit", "a number of rows up to \(limitMax); 0 is all") {
            $0.format != nil || $0.isOverview ? String($0.layout.limit) : nil
        } read: {
            set(&$0.layout.limit, number($1, 0...limitMax))
        }
        add("header", flags) {
            $0.layout.hasHeader ? nil : "0"
        } read: {
            set(&$0.layout.hasHeader, flag($1))
        }
        add("width", "a number of columns up to \(widthMax); 0 is any") {
            $0.layout.width > 0 ? String($0.layout.width) : nil
        } read: {
            set(&$0.layout.width, number($1, 0...widthMax))
        }
        add("colour", flags) {
            $0.layout.usesColour ? "1" : nil
        } read: {
            set(&$0.layout.usesColour, flag($1))
        }
        add("zone", "the seconds that local time is ahead of UTC, up to \(offsetSecondsMax)") {
            $0.layout.localTime ? String($0.layout.utcOffsetSeconds ?? 0) : nil
        } read: {
            $0.layout.localTime = true
            return set(&$0.layout.utcOffsetSeconds, number($1, -offsetSecondsMax...offsetSecondsMax))
        }
        add("command", "a command of at most \(commandBytesMax) bytes") {
            $0.format != nil ? $0.layout.command : nil
        } read: {
            set(&$0.layout.command, text($1, bytesMax: commandBytesMax))
        }
        add("program", "a command of at most \(commandBytesMax) bytes") {
            $0.namesCommands ? $0.layout.invocation.program : nil
        } read: {
            set(&$0.layout.invocation.program, text($1, bytesMax: commandBytesMax))
        }
        add("clusterFlags", "flags of at most \(commandBytesMax) bytes") {
            $0.namesCommands ? some($0.layout.invocation.cluster) : nil
        } read: {
            set(&$0.layout.invocation.cluster, text($1, bytesMax: commandBytesMax))
        }
        add("ownFlags", "flags of at most \(commandBytesMax) bytes") {
            $0.namesCommands ? some($0.layout.invocation.own) : nil
        } read: {
            set(&$0.layout.invocation.own, text($1, bytesMax: commandBytesMax))
        }
        add("ages", flags) {
            $0.layout.usesAges ? "1" : nil
        } read: {
            set(&$0.layout.usesAges, flag($1))
        }
        add("newSince", "\(duration), up to a year") {
            $0.changesSeconds.map { String(Int($0)) }
        } read: {
            set(&$0.changesSeconds, seconds($1, max: changesSecondsMax))
        }
        add("failOn", severities) {
            $0.failOn?.rawValue
        } read: {
            set(&$0.failOn, Severity(rawValue: $1))
        }
        add("overview", flags) {
            $0.isOverview ? "1" : nil
        } read: {
            set(&$0.isOverview, flag($1))
        }
        return all
    }()

    /// Formats for programs name none.
    private var namesCommands: Bool { format.flatMap(ReportFormats.named)?.fitsTerminal ?? false }

    private static func some(_ text: String) -> String? { text.isEmpty ? nil : text }

    static var parameterNames: [String] { parameters.map(\.name) }

    /// Without the question mark.
    package var query: String {
        Self.parameters.compactMap { parameter in
            parameter.write(self).map { "\(parameter.name)=\($0.urlEscaped)" }
        }.joined(separator: "&")
    }

    /// - Parameter query: names and values, decoded. A name that comes twice is refused: whoever reads the first and
    ///   whoever reads the last would each see another request.
    package init(query: [(key: String, value: String)]) throws(Problem) {
        var request = ReportRequest()
        var seen: Set<String> = []
        for (key, value) in query {
            let shown = TextSafety.cut(TextSafety.printable(key), bytesMax: 60)
            guard let parameter = Self.parameters.first(where: { $0.name == key || $0.alias == key }) else {
                throw Problem(message: "'\(shown)' is not a valid parameter.")
            }
            guard seen.insert(parameter.name).inserted else {
                throw Problem(message: "\(shown) is given twice.")
            }
            guard parameter.read(&request, value) else {
                throw Problem(message: "\(shown) is \(parameter.expected).")
            }
        }
        if let format = request.format.flatMap(ReportFormats.named) {
            if !seen.contains("detail") { request.options.hasDetail = format.showsDetail }
            if !format.timesAreLocal { request.layout.localTime = false }
            if !format.fitsTerminal { request.layout.usesColour = false }
            if !format.hasAges { request.layout.usesAges = false }
        }
        self = request
    }

    // MARK: Values

    private static func set<Value>(_ place: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        place = value
        return true
    }

    private static func set<Value>(_ place: inout Value?, _ value: Value?) -> Bool {
        place = value
        return value != nil
    }

    private static func text(_ value: String, bytesMax: Int = nameBytesMax) -> String? {
        (1...bytesMax).contains(value.utf8.count) ? value : nil
    }

    private static func number(_ value: String, _ range: ClosedRange<Int>) -> Int? {
        Int(value).flatMap { range.contains($0) ? $0 : nil }
    }

    private static func seconds(_ value: String, max: Double) -> Double? {
        guard let seconds = Double(value) ?? (try? GoDuration.seconds(value)) else { return nil }
        return seconds >= 0 && seconds <= max ? seconds : nil
    }

    private static func flag(_ value: String) -> Bool? { value == "1" ? true : value == "0" ? false : nil }
    private static func flag(_ value: Bool) -> String { value ? "1" : "0" }

    private static func list(_ values: [String]) -> String? { values.isEmpty ? nil : values.joined(separator: ",") }

    private static func list(_ value: String) -> [String]? {
        let parts = value.split(separator: ",").map(String.init)
        let isGood = !parts.isEmpty && parts.count <= checksMax && parts.allSatisfy { text($0) != nil }
        return isGood ? parts : nil
    }
}
