import CheckModel
import Checks
package import ClusterIndex
import Findings
package import KubernetesAPI
import Platform
import Practice
package import Wire

/// Reads a cluster without an aggregator and evaluates it; reads again where something seems fatal.
package struct ClusterScan: Sendable {
    package let client: KubernetesClient
    package var settings = EvaluationSettings()
    package var namespace: String?
    package var windowSeconds = 3600.0
    /// What an aggregator holds of the nodes; nil: nothing is known.
    package var snapshot: Snapshot?
    package var onProgress: @Sendable (ClusterReader.Progress) -> Void = { _ in }
    /// For the header: what was not as asked for.
    package var notes: [String] = []

    package init(
        client: KubernetesClient, settings: EvaluationSettings = EvaluationSettings(), namespace: String? = nil,
        windowSeconds: Double = 3600.0, snapshot: Snapshot? = nil,
        onProgress: @escaping @Sendable (ClusterReader.Progress) -> Void = { _ in }, notes: [String] = []
    ) {
        self.client = client
        self.settings = settings
        self.namespace = namespace
        self.windowSeconds = windowSeconds
        self.snapshot = snapshot
        self.onProgress = onProgress
        self.notes = notes
    }

    package func run() async throws(APIError) -> (state: EvaluatedState, index: ClusterIndex) {
        let audit = AuditRecorder(settings.auditor)
        var index = try await reader(settings.kinds, audit).read()
        var state = evaluate(index, audit.table)
        let doubtful = FatalConfirmation.unconfirmed(state)
        if !doubtful.isEmpty {
            do { try await client.clock.sleep(seconds: FatalConfirmation.seconds) } catch {
                throw APIError(.timeout, "interrupted")
            }
            // Only what the doubtful findings were read from.
            let checks = CheckList.descriptions.filter { check in doubtful.contains { $0.detection.check == check.id } }
            let kinds = Set(checks.flatMap { $0.needs + $0.alsoReads }).subtracting([.events, .pods, .secrets])
            let again = try await reader(kinds, audit).read()
            index.replace(kinds, from: again)
            state = evaluate(index, audit.table)
            FatalConfirmation.confirm(&state, earlier: Set(doubtful.map(\.key)))
        }
        state.notes += notes
        return (state, index)
    }

    private func evaluate(_ index: ClusterIndex, _ audit: AuditTable) -> EvaluatedState {
        Evaluation(
            index: index, audit: audit, snapshot: snapshot, settings: settings, now: client.clock.now(),
            windowSeconds: windowSeconds
        ).run()
    }

    private func reader(_ kinds: Set<ClusterKind>, _ audit: AuditRecorder) -> ClusterReader {
        ClusterReader(
            client: client, kinds: kinds, namespace: namespace, visitors: audit, onProgress: onProgress)
    }
}
