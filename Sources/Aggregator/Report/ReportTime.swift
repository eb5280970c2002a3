import KubernetesAPI
package import Platform

/// A time of a report, to the second; formats decide how it is shown. In JSON RFC 3339 in UTC, `-` where it is not
/// known.
package struct ReportTime: Hashable, Sendable {
    /// In whole seconds; nil: not known.
    package let time: Timestamp?

    package static let unknown = ReportTime(nil)

    package init(_ time: Timestamp?) {
        self.time = time.map { time in
            let part = time.microseconds % 1_000_000
            return Timestamp(microseconds: time.microseconds - (part < 0 ? part + 1_000_000 : part))
        }
    }
}

extension ReportTime: Comparable {
    /// What is not known comes first.
    package static func < (a: ReportTime, b: ReportTime) -> Bool {
        guard let earlier = a.time, let later = b.time else { return a.time == nil && b.time != nil }
        return earlier < later
    }
}

extension ReportTime: CustomStringConvertible {
    /// As JSON has it.
    package var description: String { time?.utcRFC3339 ?? "-" }
}

extension ReportTime: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if ["-", ""].contains(text) {
            self = .unknown
            return
        }
        guard let time = KubernetesTime.parse(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a valid time")
        }
        self.init(time)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
