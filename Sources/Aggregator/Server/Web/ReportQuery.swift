import CheckModel
import Evaluation
import Findings
import KubernetesAPI
import Platform
import Report

/// What `GET /v1/report` was asked for.
struct ReportQuery {
    static let windowSecondsMax = 7 * 86_400.0

    private(set) var options: ReportOptions?
    /// Why there are no options.
    private(set) var problem = ""

    /// - Parameter parameters: of the query, decoded.
    init(_ parameters: [(key: String, value: String)]) {
        var made = ReportOptions()
        for (key, value) in parameters {
            switch key {
            case "since":
                guard let seconds = Double(value), seconds >= 0, seconds <= Self.windowSecondsMax else {
                    problem = "since is a number of seconds up to \(Int(Self.windowSecondsMax))."
                    return
                }
                made.windowSeconds = seconds
            case "severity":
                guard let severity = Severity(rawValue: value) else {
                    problem = "severity is one of \(Severity.allCases.map(\.rawValue).joined(separator: ", "))."
                    return
                }
                made.severity = severity
            case "node": made.node = value
            case "namespace": made.namespace = value
            case "selector":
                guard LabelSelector(parsing: value) != nil else {
                    problem = "selector is no label selector."
                    return
                }
                made.selector = value
            case "only": made.only = value.split(separator: ",").map(String.init)
            case "skip": made.skip = value.split(separator: ",").map(String.init)
            case "lang": made.language = value
            case "detail": made.hasDetail = value != "0"
            default:
                problem = "'\(TextSafety.printable(key))' is no parameter here."
                return
            }
        }
        options = made
    }

    func settings(_ options: ReportOptions) -> EvaluationSettings {
        var settings = EvaluationSettings()
        if !options.only.isEmpty { settings.only = Set(options.only) }
        settings.skip = Set(options.skip)
        return settings
    }
}
