package import Findings
import Platform

/// The aggregator's answer to a batch and, with the node's active states, to a hello.
package struct Acknowledgement: Codable, Sendable, Equatable {
    package struct Position: Codable, Sendable, Equatable {
        package var committed: String?
        package var resume: String?

        package init(committed: String?, resume: String?) {
            self.committed = committed
            self.resume = resume
        }
    }

    /// Changes when the store was lost: agents then read their last 24 hours again.
    package var storeID: String
    package var positions: [String: Position]
    package var states: [StateReport]?
    /// Only when they are not the ones that the agent said it runs.
    package var instructions: Instructions?

    package init(
        storeID: String, positions: [String: Position], states: [StateReport]? = nil,
        instructions: Instructions? = nil
    ) {
        self.storeID = storeID
        self.positions = positions
        self.states = states
        self.instructions = instructions
    }
}
