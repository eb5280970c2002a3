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

extension Acknowledgement {
    /// Positions of one node: as many as a store keeps of it.
    package static let positionsMax = 512
    /// Active states of one node.
    package static let statesMax = 4000

    /// What is wrong with an answer that decoded well, or nil.
    package var problem: String? {
        if storeID.isEmpty || storeID.utf8.count > WireLimits.idBytesMax {
            return "the store's id must have 1 to \(WireLimits.idBytesMax) bytes"
        }
        if positions.count > Self.positionsMax {
            return "\(counted(positions.count, "position")); at most \(Self.positionsMax)"
        }
        for (source, position) in positions {
            if let problem = WireLimits.problem("a source", source, bytesMax: WireLimits.pathBytesMax) {
                return problem
            }
            for text in [position.committed, position.resume] where (text?.utf8.count ?? 0) > Batch.positionBytesMax {
                return "a position over \(Batch.positionBytesMax) bytes"
            }
        }
        if let states, states.count > Self.statesMax { return "\(states.count) states; at most \(Self.statesMax)" }
        return (states ?? []).firstProblem(\.limitProblem)
    }
}
