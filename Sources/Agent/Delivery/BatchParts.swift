import Wire

/// What of a batch is sent together, and in which form: everything, until a batch is refused. Then each kind travels
/// alone, in ever smaller parts, so that only what is refused itself stays behind, and no count ever does.
struct BatchParts: Equatable {
    enum Part { case observations, states, ledgers }

    /// What to do about a batch that was refused.
    enum Answer: Equatable {
        /// Something else is sent next time.
        case sendOtherwise
        /// A single state is refused whatever travels with it.
        case giveUpState
        case giveUpObservations
        /// There is no smaller form.
        case wait
    }

    private(set) var isApart = false
    private(set) var statesMax = Deliverer.statesPerBatchMax
    private(set) var ledgersMax = Batch.sourcesMax
    private(set) var reduction = BatchReduction.none

    /// The only part that the next batch carries; nil: all of them.
    func one(hasObservations: Bool, hasStates: Bool) -> Part? {
        guard isApart else { return nil }
        return hasObservations ? .observations : hasStates ? .states : .ledgers
    }

    mutating func succeeded() { self = BatchParts() }

    /// - Parameters:
    ///   - ledgers: log sources in the batch that was refused.
    ///   - states: states in it.
    mutating func refused(ledgers: Int, states: Int, hasObservations: Bool) -> Answer {
        if [ledgers > 0, states > 0, hasObservations].count(where: { $0 }) > 1 {
            isApart = true
            return .sendOtherwise
        }
        if hasObservations { return .giveUpObservations }
        if states > 1 {
            statesMax = states / 2
            return .sendOtherwise
        }
        if states == 1 { return .giveUpState }
        if ledgers > 1 {
            ledgersMax = 1
            return .sendOtherwise
        }
        if ledgers == 1, let smaller = reduction.next {
            reduction = smaller
            return .sendOtherwise
        }
        return .wait
    }
}
