/// Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats), family by family.
struct MetricsText {
    struct Sample {
        /// As they are written between braces; empty: none.
        var labels: String
        var value: String

        init(_ labels: [(name: String, value: String)], _ value: String) {
            self.labels = labels.map { "\($0.name)=\"\(IngestMetrics.escape($0.value))\"" }.joined(separator: ",")
            self.value = value
        }
    }

    private(set) var lines: [String] = []

    mutating func add(_ name: String, _ type: String, _ help: String, _ samples: [Sample]) {
        add(name, type, help, samples.map { ($0.labels, $0.value) })
    }

    mutating func add(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]) {
        lines.append("# HELP \(name) \(help)")
        lines.append("# TYPE \(name) \(type)")
        for sample in samples {
            lines.append("\(name)\(sample.labels.isEmpty ? "" : "{\(sample.labels)}") \(sample.value)")
        }
    }

    mutating func add(_ name: String, _ type: String, _ help: String, _ value: String) {
        add(name, type, help, [("", value)])
    }
}
