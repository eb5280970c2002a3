import Shared

/// One look at a cluster without an aggregator of its own: read, check, merge; look again where something seems fatal.
struct ClusterScan: Sendable {
    let client: KubernetesClient
    var settings = EvaluationSettings()
    var namespace: String?
    var windowSeconds = 3600.0
    /// What an aggregator holds of the nodes; nil: nothing is known.
    var snapshot: Snapshot?
    var onProgress: @Sendable (ClusterReader.Progress) -> Void = { _ in }
    /// For the header: what was not as asked for.
    var notes: [String] = []

    func run() async throws(APIError) -> (state: MergedState, index: ClusterIndex) {
        let audit = AuditRecorder(settings.auditor)
        var index = try await reader(settings.kinds, audit).read()
        var state = merge(index, audit.table)
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
            state = merge(index, audit.table)
            FatalConfirmation.confirm(&state, earlier: Set(doubtful.map(\.key)))
        }
        state.notes += notes
        return (state, index)
    }

    private func merge(_ index: ClusterIndex, _ audit: AuditTable) -> MergedState {
        Merger(
            index: index, audit: audit, snapshot: snapshot, settings: settings, now: client.clock.now(),
            windowSeconds: windowSeconds
        ).merge()
    }

    private func reader(_ kinds: Set<ClusterKind>, _ audit: AuditRecorder) -> ClusterReader {
        ClusterReader(
            client: client, kinds: kinds, namespace: namespace, visitors: audit, onProgress: onProgress)
    }
}
