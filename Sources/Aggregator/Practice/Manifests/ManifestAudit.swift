package import CheckModel
import KubernetesAPI
package import Platform

/// Audits objects of files for best practice; there is no cluster.
package struct ManifestAudit {
    let set: PracticeCheckSet
    let auditor: PracticeAuditor
    let settings: CheckSettings
    let now: Timestamp

    package init(set: PracticeCheckSet, auditor: PracticeAuditor, settings: CheckSettings, now: Timestamp) {
        self.set = set
        self.auditor = auditor
        self.settings = settings
        self.now = now
    }

    package struct Result {
        package var practice: PracticeEvaluator.Result
        package var problems: [DocumentProblem]
        package var files: Int
        package var objects: Int

        /// Leaves out what stands in other files.
        package mutating func keep(_ changed: Set<String>) {
            practice.state.rows.removeAll { row in row.files.isDisjoint(with: changed) }
            problems.removeAll { !changed.contains($0.file) }
        }
    }

    /// - Parameter read: reads whatever there is to read.
    package func run(_ read: (inout ManifestReader) throws(SystemError) -> Void) throws(SystemError) -> Result {
        let collectors = Collectors(auditor)
        var reader = ManifestReader { collectors.add($0) }
        try read(&reader)
        var table = AuditTable()
        for collector in collectors.all.values { table.kinds[collector.kind] = collector.audit }
        let practice = PracticeEvaluator(table: table, set: set, settings: settings, now: now).evaluate()
        return Result(practice: practice, problems: reader.problems, files: reader.files, objects: collectors.objects)
    }

    private final class Collectors {
        let auditor: PracticeAuditor
        private(set) var all: [GroupKind: AuditCollector] = [:]
        private(set) var objects = 0

        init(_ auditor: PracticeAuditor) { self.auditor = auditor }

        func add(_ object: ManifestReader.Object) {
            objects += 1
            let collector =
                all[object.kind]
                ?? AuditCollector(
                    auditor, kind: object.kind, audits: auditor.audits(object.kind, hasPods: true), isLive: false,
                    isTyped: false)
            all[object.kind] = collector
            var text = JSONText()
            text.value(object.node)
            guard let document = try? JSONDocument(text.bytes) else { return }
            document.withView { collector.add($0, origin: object.origin) }
        }
    }
}
