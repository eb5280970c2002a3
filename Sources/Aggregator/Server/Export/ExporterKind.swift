/// What takes findings to where others already listen. A new one is a file with an `Exporter`, and a line here.
package enum ExporterKind: String, CaseIterable, Sendable {
    /// Kubernetes Events about nodes.
    case events
    /// Conditions of Node objects, under node-problem-detector's names.
    case nodeConditions
    /// Alertmanager, webhooks and chats.
    case notifications
}
