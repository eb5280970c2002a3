import Findings
import HTTP

/// Whether the cluster's DNS answers on this node: the agent's own pod resolves the API server's name.
///
/// Only the name is of interest. The port is one on which nobody listens, so that five thousand agents are no load for
/// the API server.
struct DNSProbe: Sampler {
    let id = "dns"
    let checks = ["DNSUnhealthy"]
    let periodSeconds = 30.0
    static let failuresNeeded = 3
    let http: HTTPClient
    /// There is a cluster's DNS to ask.
    let isInCluster: Bool
    var name = "kubernetes.default.svc"
    private var failures = 0
    private var wasAlive = false

    init(http: HTTPClient, isInCluster: Bool, name: String = "kubernetes.default.svc") {
        self.http = http
        self.isInCluster = isInCluster
        self.name = name
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        guard isInCluster else { return unobserved(.notConfigured, "the agent does not run in a pod") }
        var request = HTTPRequest(url: "http://\(name):1/")
        request.connectTimeoutSeconds = context.thresholds.probeTimeoutSeconds
        request.timeoutSeconds = context.thresholds.probeTimeoutSeconds
        var problem: String?
        do throws(HTTPError) { _ = try await http.send(request) } catch {
            problem = Self.isAboutTheName(error) ? error.message : nil
        }
        guard let problem else {
            failures = 0
            wasAlive = true
            return [SampleOutcome(check: "DNSUnhealthy", result: .observed([]), evidence: "\(name) resolves")]
        }
        failures += 1
        let isActive = context.isActive("DNSUnhealthy")
        if !wasAlive, !isActive, failures < Self.failuresNeeded {
            return unobserved(.warmingUp, "\(problem); \(failures) of \(Self.failuresNeeded) failures needed")
        }
        guard failures >= Self.failuresNeeded || isActive else {
            return [SampleOutcome(check: "DNSUnhealthy", result: .observed([]), evidence: problem)]
        }
        let detection = context.detection(
            "DNSUnhealthy", id, .danger, "pods on this node cannot resolve \(name): \(problem)")
        return [SampleOutcome(check: "DNSUnhealthy", result: .observed([detection]))]
    }

    /// Refused, timed out while connecting or reset: the name was resolved.
    static func isAboutTheName(_ error: HTTPError) -> Bool {
        error.code == .resolve || error.code == .timeout && error.message.hasPrefix("Resolving timed out")
    }
}
