import Foundation

/// What `/metrics` of the API server tells a check.
package struct ServerMetrics: Sendable, Equatable {
    package var deprecated: [DeprecatedRequest] = []
    /// The size of etcd's database in bytes, the largest value that is given.
    package var databaseBytes: Double?

    init() {}

    /// Prometheus' text format, lines of interest only.
    init(_ body: [UInt8]) {
        var largest: Double?
        for line in body.split(separator: UInt8(ascii: "\n")) {
            guard line.starts(with: "apiserver_".utf8) || line.starts(with: "etcd_db_total".utf8) else { continue }
            let text = String(decoding: line, as: UTF8.self)
            let name = text.prefix { $0 != "{" && $0 != " " }
            guard let value = text.split(separator: " ").last.flatMap({ Double($0) }) else { continue }
            if name == "apiserver_requested_deprecated_apis", value > 0 {
                let labels = Self.labels(text)
                deprecated.append(
                    DeprecatedRequest(
                        group: labels["group"] ?? "", version: labels["version"] ?? "",
                        resource: labels["resource"] ?? "", removedRelease: labels["removed_release"] ?? ""))
            } else if [
                "apiserver_storage_size_bytes", "apiserver_storage_db_total_size_in_bytes",
                "etcd_db_total_size_in_bytes",
            ].contains(name) {
                largest = max(largest ?? 0, value)
            }
        }
        databaseBytes = largest
    }

    private static func labels(_ line: String) -> [String: String] {
        guard let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}") else { return [:] }
        var labels: [String: String] = [:]
        for pair in line[line.index(after: open)..<close].split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { labels[String(parts[0])] = parts[1].trimmingCharacters(in: ["\""]) }
        }
        return labels
    }
}
