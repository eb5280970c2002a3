import Platform
import Wire

/// Which of a node's batches came last. Wall clocks do not say: one that was two years ahead once would silence its
/// node until then. Within a boot the time since the boot and the sequence say it; another boot is newer, unless it was
/// left before.
struct NodeOrder: Equatable, Sendable {
    /// Earlier boots that are remembered of a node.
    static let pastBootsMax = 8
    /// An epoch that lies further ahead was taken from a clock that was wrong, and orders nothing.
    private static let aheadSecondsMax = Seconds.perDay

    var bootID: String
    var epoch: Int64
    /// nil: the agent did not say.
    var startedAfterBoot: Int64?
    var sequence: Int64
    /// The newest first.
    var pastBoots: [String] = []

    init(_ batch: Batch) {
        bootID = batch.bootID
        epoch = batch.epoch
        startedAfterBoot = batch.startedAfterBoot
        sequence = batch.sequence
    }

    init(bootID: String, epoch: Int64, startedAfterBoot: Int64?, sequence: Int64, pastBoots: [String]) {
        self.bootID = bootID
        self.epoch = epoch
        self.startedAfterBoot = startedAfterBoot
        self.sequence = sequence
        self.pastBoots = pastBoots
    }

    /// The order after a batch of the same node, or nil when the batch is not newer.
    func following(_ batch: Batch, at now: Timestamp) -> NodeOrder? {
        var next = NodeOrder(batch)
        next.pastBoots = pastBoots
        if batch.bootID != bootID, !batch.bootID.isEmpty, !bootID.isEmpty {
            if pastBoots.contains(batch.bootID) { return nil }
            next.pastBoots = Array(([bootID] + pastBoots).prefix(Self.pastBootsMax))
            return next
        }
        return isNewer(batch, now) ? next : nil
    }

    /// Within one boot.
    private func isNewer(_ batch: Batch, _ now: Timestamp) -> Bool {
        if let started = batch.startedAfterBoot, let known = startedAfterBoot {
            return (started, batch.sequence) > (known, sequence)
        }
        // The same process says the same epoch. Another one that tells more than the one before is a newer version.
        if batch.epoch == epoch { return batch.sequence > sequence }
        if batch.startedAfterBoot != nil, startedAfterBoot == nil { return true }
        if Timestamp(microseconds: epoch) > now + Self.aheadSecondsMax { return true }
        return batch.epoch > epoch
    }
}
