package import Platform
package import Regex

/// A way in which one trouble causes another: an entry of `rules/checks/mechanisms.yaml`. A check's `causes:` names the
/// mechanisms by which its findings can cause others.
package struct Mechanism: Sendable {
    /// What a cause and its effect have in common. The earlier case is the narrower one.
    package enum Scope: String, CaseIterable, Comparable, Sendable {
        /// One pod, and one container of it where both name one.
        case container
        case pod
        /// The effect's object uses the cause's: a pod its claim, an APIService its Service.
        case dependency
        /// What the cause's own evidence is about.
        case named
        /// One Deployment, StatefulSet, DaemonSet, CronJob or Job.
        case workload
        /// One node and, where both name one, one block device.
        case device
        case node
        /// The effect's workload has pods on the cause's node.
        case hosts
        case namespace
        case cluster

        package static func < (a: Scope, b: Scope) -> Bool { a.order < b.order }
        private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// A check by id, all checks of a class of trouble, or one reason of a check (`WarningEvent/FailedMount`).
    package struct Effect: Hashable, Sendable {
        package var name: String
        /// Empty: any.
        package var reason: String

        package init(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
            name = parts.first ?? ""
            reason = parts.count > 1 ? parts[1] : ""
        }
    }

    package var id: String
    package var scope: Scope
    package var effects: [Effect]
    /// What it says of a cause and its effect, for the proof.
    package var words: LocalText
    /// The cause may begin this much later than its effect: it is noticed more slowly. Seconds.
    package var slackSeconds = Mechanism.slackSecondsDefault
    /// A cause that has only happened explains what begins within this time. Seconds.
    package var withinSeconds = Mechanism.withinSecondsDefault
    /// Some text of the effect matches it; nil: whatever it says.
    package var says: LazyRegex?
    /// No text of the effect matches it.
    package var unless: LazyRegex?
    /// Kinds of the effect's object; empty: any.
    package var kinds: Set<String> = []
    /// Kinds of the cause's object; empty: any.
    package var causeKinds: Set<String> = []
    /// Reasons of the cause; empty: any.
    package var causeReasons: Set<String> = []
    /// Some text of the cause matches it; nil: whatever it says.
    package var causeSays: LazyRegex?
    /// The cause's node is not ready.
    package var isOfNotReady = false
    /// Looked for only where no other mechanism leads to the effect, and where that closes no circle: ranks do not say
    /// which of both ends comes first. Always so in the scope of the whole cluster.
    package var isLast = false

    package static let slackSecondsDefault = 60.0
    package static let withinSecondsDefault = 1800.0

    package init(id: String, scope: Scope, effects: [Effect], words: LocalText) {
        self.id = id
        self.scope = scope
        self.effects = effects
        self.words = words
    }
}
