/// What an installation is called in a cluster: the same in the manifests, the aggregator and the command line.
package enum Names {
    /// Of everything that is installed.
    package static let namespace = "ke-system"
    /// Of the aggregator's Deployment, Service, ServiceAccount and store's claim.
    package static let aggregator = "ke-aggregator"
    /// Of the agents' DaemonSet and ServiceAccount.
    package static let agent = "ke-agent"
    /// The ConfigMaps of both programs' configuration.
    package static let agentConfiguration = "ke-agent-config"
    package static let aggregatorConfiguration = "ke-aggregator-config"
    /// Readers ask for a short-lived token of this ServiceAccount.
    package static let reader = "ke-reader"
    /// The same for changes of live rules.
    package static let editor = "ke-editor"
    /// The check of the rules that find what `ke drill` writes.
    package static let drill = "Drill"
    /// Lines that `make run DEMO=1` writes hold this word.
    package static let demoMarker = "kubeeye-demo"
    /// What nobody must take for real says so in its text.
    package static let demoPrefix = "[demo] "
    /// What tokens for the aggregator are issued for.
    package static let audience = "ke-aggregator"
}
