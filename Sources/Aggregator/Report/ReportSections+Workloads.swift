import Findings

/// The Workloads table: what is broken, best practice, and the score.
extension ReportSections {
    func workloads() -> Section {
        let rows = report.tables.workloads
        if rows.count > Self.workloadRowsMax, layout.limit > 0 {
            var table = table([("NAMESPACE", 16), ("FAILING", 0), ("OF", 0), ("TOPCHECKS", 0)], wide: false)
            for (namespace, inNamespace) in Dictionary(grouping: rows, by: \.namespace).sorted(by: {
                ($1.value.count, $0.key) < ($0.value.count, $1.key)
            }) {
                let practice = report.practice.namespaces.first { $0.namespace == namespace }
                var counts = practice?.checks ?? [:]
                for row in inNamespace where !row.isPractice {
                    let check = row.check.isEmpty ? item(row.findingId)?.check : row.check
                    if let check { counts[check, default: 0] += 1 }
                }
                let top = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map {
                    "\($0.key) \($0.value)"
                }
                let failing = Set(inNamespace.map { "\($0.kind)/\($0.name)" }).count
                table.add([
                    name(namespace), String(failing), String(max(failing, practice?.workloads ?? 0)),
                    top.joined(separator: ", "),
                ])
            }
            return Section(id: "workloads", title: "Workloads", table: table, trailer: score().map { [$0] } ?? [])
        }
        var table = table([("NAMESPACE", 16), ("SEVERITY", 13), ("NAME", 0), ("KIND", 0), ("TIME", 0), ("MESSAGE", 0)])
        for row in rows {
            let start = [name(row.namespace), row.severity.title, name(row.name), row.kind, time(row.time)]
            if isWide, let item = item(row.findingId), !item.failures.isEmpty {
                for failure in item.failures { table.add(wide(failure, item, start)) }
            } else {
                // A list of checks is as long as there are checks.
                table.add(start + [row.isPractice ? row.message : cell(row.message)] + wide(row.findingId))
            }
        }
        return Section(
            id: "workloads", title: "Workloads", table: table, trailer: isWide ? score().map { [$0] } ?? [] : [])
    }

    /// Every place that fails has a row of its own: where, what is there, and what would be right.
    private func wide(_ failure: Report.FailedPlace, _ item: Report.Item, _ start: [String]) -> [String] {
        let fix = report.practice.fixes.first { $0.check == failure.alias }?.text ?? item.remedy
        var start = start
        start[1] = failure.severity.title
        let there = failure.value.isEmpty ? "" : " = \(failure.value)"
        let proof = [
            failure.at, failure.path + there, failure.expected,
            failure.place.isEmpty ? "" : "(\(failure.place))",
        ]
        return start + [
            failure.message, failure.alias, failure.container.isEmpty ? "-" : failure.container,
            time(item.first), "1",
            proof.filter { !$0.isEmpty }.joined(separator: " "), fix.isEmpty ? "-" : fix, command(item.commands),
            item.id,
        ]
    }

    /// nil: nothing was audited.
    func score() -> String? {
        let all = report.practice
        if all.passed + all.warnings + all.dangers == 0 { return nil }
        return "SCORE \(all.score)   passed \(all.passed)   warning \(all.warnings)   danger \(all.dangers)"
    }
}
