import CheckModel
import Findings
import KubernetesAPI
import Platform
import Report

/// The query of `GET /v1/report`.
struct ReportQuery {
    static let windowSecondsMax = 7 * 86_400.0

    private(set) var options: ReportOptions?
    /// Why there are no options.
    private(set) var problem = ""

    /// - Parameter parameters: of the query, decoded.
    init(_ parameters: [(key: String, value: String)]) {
        var options = ReportOptions()
        for (key, value) in parameters {
            switch key {
            case "since":
                guard let seconds = Double(value), seconds >= 0, seconds <= Self.windowSecondsMax else {
                    problem = "since must be a number of seconds up to \(Int(Self.windowSecondsMax))."
                    return
                }
                options.windowSeconds = seconds
            case "severity":
                guard let severity = Severity(rawValue: value) else {
                    problem = "severity must be one of \(Severity.allCases.map(\.rawValue).joined(separator: ", "))."
                    return
                }
                options.severity = severity
            case "node": options.node = value
            case "namespace": options.namespace = value
            case "selector":
                guard LabelSelector(parsing: value) != nil else {
                    problem = "selector is not a valid label selector."
                    return
                }
                options.selector = value
            case "only": options.only = value.split(separator: ",").map(String.init)
            case "skip": options.skip = value.split(separator: ",").map(String.init)
            case "lang": options.language = value
            case "detail": options.hasDetail = value != "0"
            default:
                problem = "'\(TextSafety.printable(key))' is not a valid parameter."
                return
            }
        }
        self.options = options
    }
}
