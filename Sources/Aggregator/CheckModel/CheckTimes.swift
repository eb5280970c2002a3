import Findings
import Platform

/// Spans that several checks share, in seconds. Those of a single check are limits of its entry.
package enum CheckTimes {
    /// An agent that reported within this span is reporting.
    package static let reportingSeconds = Catalogue.builtIn.limit("AgentSilent", "seconds")
    /// A node this young is not an alarm yet: its findings are Info.
    package static let youngNodeSeconds = 5 * Seconds.perMinute
    /// Findings on a leaving node are Info for this long, then at most Warning.
    package static let leavingNodeSeconds = 15 * Seconds.perMinute
    /// The first Ready condition of a node and the first report of its agent take a while: three minutes, and a pod to
    /// be pulled.
    package static let firstReportSeconds = 5 * Seconds.perMinute
    /// A pod that has been ready this long since an event is over it.
    package static let recoveredSeconds = 5 * Seconds.perMinute
    /// A node's lease that was not renewed for longer is old.
    package static let leaseSeconds = 40.0
}
