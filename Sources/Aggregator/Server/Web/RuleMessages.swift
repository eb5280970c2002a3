package import Wire

/// What `rules test --fleet` asks for: `POST /v1/rules/trials`.
package struct TrialRequest: Codable, Sendable {
    package var sinceSeconds: Double
    package var cpuShare: Double
    package var files: [Instructions.File]

    package init(sinceSeconds: Double, cpuShare: Double, files: [Instructions.File]) {
        self.sinceSeconds = sinceSeconds
        self.cpuShare = cpuShare
        self.files = files
    }
}

/// How a trial stands: `GET /v1/rules/trials/ID`.
package struct TrialStatus: Codable, Sendable {
    package var id: String
    package var asked: [String]
    package var results: [TrialResult]
}

/// What `rules push --canary` asks for: `PUT /v1/rules/canary`.
package struct CanaryRequest: Codable, Sendable {
    package var files: [Instructions.File]
    /// Part of the nodes, in percent.
    package var percent: Double

    package init(files: [Instructions.File], percent: Double) {
        self.files = files
        self.percent = percent
    }
}

/// How a canary stands; asking renews its lease.
package struct CanaryStatus: Codable, Sendable {
    package var nodes: [String]
    /// Nodes whose agents run it.
    package var running: [String]
    /// Nodes whose agents refuse a file of it, and why.
    package var refused: [String: String]
    package var seconds: Double
    /// Findings of its rules since it began, on its nodes.
    package var hits: Int
    var percent: Double
}
