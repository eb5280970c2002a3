import Findings
import HTTPTypes
import Hummingbird
import NIOCore
import Responses
import Store

/// For probes: `GET /healthz`, the process answers; `GET /readyz`, the store can be written.
struct HealthRoutes: Sendable {
    let store: any Store

    func add(to router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in Responses.text(.ok, Array("ok\n".utf8), type: "text/plain") }
        router.get("/readyz") { _, _ -> Response in
            if let problem = await store.problem() {
                return Responses.text(
                    .serviceUnavailable, Array("store: \(problem.message)\n".utf8), type: "text/plain")
            }
            return Responses.text(.ok, Array("ok\n".utf8), type: "text/plain")
        }
    }
}
