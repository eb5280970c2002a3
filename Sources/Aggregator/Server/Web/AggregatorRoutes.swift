package import AggregatorMetrics
package import Auth
import CheckModel
package import Export
package import Hummingbird
package import KubernetesAPI
package import Logging
package import Platform
package import Store
package import Watch

/// All routes of the aggregator, by port.
///
/// Ingest port, which agents write to:
/// - `POST /v1/nodes/{node}/hello`, `POST /v1/nodes/{node}/batches`, `POST /v1/nodes/{node}/trial` (`IngestRoutes`)
/// - `GET /healthz`, `GET /readyz` (`HealthRoutes`)
///
/// Read port:
/// - `GET /v1/snapshot`, `GET /v1/report`, `GET /v1/conditions`, `GET /v1/deliveries/{finding}`, `GET /metrics`
///   (`ReadRoutes`), `GET /v1/why` (`WhyRoutes`)
/// - `POST /v1/rules/trials`, `GET /v1/rules/trials/{id}`, `PUT /v1/rules/canary`, `GET /v1/rules/canary`,
///   `DELETE /v1/rules/canary` (`RuleRoutes`)
/// - `GET /healthz`, `GET /readyz` (`HealthRoutes`)
///
/// Probe port, without TLS: `GET /healthz`, `GET /readyz` alone.
package struct AggregatorRoutes: Sendable {
    let ingest: IngestRoutes
    let read: ReadRoutes
    let why: WhyRoutes
    let rules: RuleRoutes
    let health: HealthRoutes

    /// - Parameters:
    ///   - cluster: nil: there is no cluster.
    ///   - client: asked for single objects; nil: there is no cluster.
    ///   - evaluator: nil: each reader's state is evaluated for it alone.
    ///   - thresholds: limits of the agents' gauges that the configuration sets for all nodes.
    package init(
        store: any Store, metrics: IngestMetrics, clock: any WallClock, logger: Logger,
        cluster: ClusterState? = nil, client: KubernetesClient? = nil, overrideFile: OverrideFile? = nil,
        evaluator: ReportEvaluator? = nil,
        thresholds: [String: Double] = [:],
        deliveries: Deliveries = Deliveries(sinks: []), exporters: ExporterStatus = ExporterStatus()
    ) {
        let answers = RouteAnswers(metrics: metrics, logger: logger)
        let storeHealth = StoreHealth(store: store, clock: clock)
        let evaluator = evaluator ?? ReportEvaluator(cluster: cluster, clock: clock)
        let registry = InstructionRegistry()
        let instructions = AgentInstructions(
            registry: registry, cluster: cluster, overrideFile: overrideFile, thresholds: thresholds, clock: clock)
        ingest = IngestRoutes(
            store: store, metrics: metrics, clock: clock, answers: answers, instructions: instructions)
        read = ReadRoutes(
            store: store, storeHealth: storeHealth, metrics: metrics, clock: clock, answers: answers,
            evaluator: evaluator, overrideFile: overrideFile, deliveries: deliveries, exporters: exporters)
        why = WhyRoutes(
            store: store, evaluator: evaluator, overrideFile: overrideFile, clock: clock, answers: answers,
            client: client)
        rules = RuleRoutes(store: store, clock: clock, answers: answers, instructions: instructions)
        health = HealthRoutes(health: storeHealth)
    }

    /// - Parameter authenticator: nil: any client may write.
    package func ingestRouter(authenticator: AgentAuthenticator? = nil) -> Router<CallerContext> {
        let router = Router(context: CallerContext.self)
        router.add(middleware: RequestDeadlines())
        router.add(middleware: QueryGuard())
        if let authenticator { router.add(middleware: authenticator) }
        ingest.add(to: router)
        health.add(to: router)
        return router
    }

    /// - Parameter authorizer: nil: any client may read.
    package func readRouter(authorizer: ReaderAuthorizer? = nil) -> Router<CallerContext> {
        let router = Router(context: CallerContext.self)
        router.add(middleware: RequestDeadlines())
        router.add(middleware: QueryGuard())
        if let authorizer { router.add(middleware: authorizer) } else { router.add(middleware: OpenReaders()) }
        read.add(to: router)
        why.add(to: router)
        rules.add(to: router)
        health.add(to: router)
        return router
    }

    /// Nothing but whether it lives and is ready: strangers who fill the other ports do not stop a kubelet from asking.
    package func probeRouter() -> Router<CallerContext> {
        let router = Router(context: CallerContext.self)
        router.add(middleware: RequestDeadlines())
        health.add(to: router)
        return router
    }
}
