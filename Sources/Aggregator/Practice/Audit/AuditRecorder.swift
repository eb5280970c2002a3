package import KubernetesAPI
import Synchronization

/// Audits objects as a cluster is read or watched, and keeps the audits of all kinds.
package final class AuditRecorder: PageVisitors {
    private let auditor: PracticeAuditor
    private let held: Mutex<AuditTable>

    package init(_ auditor: PracticeAuditor) {
        self.auditor = auditor
        var table = AuditTable()
        table.applied = Set(auditor.enabled)
        held = Mutex(table)
    }

    /// As it is now.
    package var table: AuditTable { held.withLock { $0 } }

    package func visitor(of kind: ClusterKind) -> (any PageVisitor)? {
        auditor.collector(for: kind).map { Visitor($0, self) }
    }

    package var otherKinds: [GroupKind] { auditor.otherKinds }

    package func visitor(ofOther kind: GroupKind, served: GroupKind) -> any PageVisitor {
        let collector = AuditCollector(
            auditor, kind: served, audits: auditor.audits(served, hasPods: false), isLive: true, isTyped: false)
        return Visitor(collector, self, named: kind)
    }

    package func failed(_ kind: GroupKind, _ problem: APIError) { held.withLock { $0.problems[kind] = problem } }

    /// One object of a watch as it is now.
    /// - Parameter isThere: false: it was deleted.
    package func change(_ object: JSONView, of kind: ClusterKind, isThere: Bool) {
        guard let key = AuditCollector.key(object), let collector = auditor.collector(for: kind) else { return }
        if isThere { collector.add(object) }
        let name = collector.kind, audit = collector.audit
        held.withLock { $0.set(key, of: name, from: audit) }
    }

    private func record(_ collector: AuditCollector, named: GroupKind?, _ problem: APIError?) {
        let kind = collector.kind, audit = collector.audit
        held.withLock { table in
            table.kinds[kind] = audit
            if let named { table.problems[named] = problem }
        }
    }

    private final class Visitor: PageVisitor {
        private let collector: AuditCollector
        private let recorder: AuditRecorder
        /// The kind as a user's check names it, for kinds beside the cluster's own.
        private let named: GroupKind?

        init(_ collector: AuditCollector, _ recorder: AuditRecorder, named: GroupKind? = nil) {
            self.collector = collector
            self.recorder = recorder
            self.named = named
        }

        func restart() { collector.restart() }
        func visit(page: JSONValue) { collector.add(page: page) }
        func finish(problem: APIError?) { recorder.record(collector, named: named, problem) }
    }
}
