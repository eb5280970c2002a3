import Findings
import HTTPTypes
import Hummingbird
import NIOCore
import Responses
import Store

/// For probes: `GET /healthz`, the process answers; `GET /readyz`, the store can be written and read back.
struct HealthRoutes: Sendable {
    let health: StoreHealth

    func add(to router: Router<some RequestContext>) {
        router.get("/healthz") { _, _ in Responses.text(.ok, Array("ok\n".utf8), type: "text/plain") }
        router.get("/readyz") { _, _ -> Response in
            if let problem = await health.problem() {
                return Responses.text(
                    .serviceUnavailable, Array("store: \(problem.message)\n".utf8), type: "text/plain")
            }
            return Responses.text(.ok, Array("ok\n".utf8), type: "text/plain")
        }
    }
}
