import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// Which batch of a node is newer, whatever its wall clock says.
@Suite struct NodeOrderTests {
    private static let ahead = (Make.start + 2 * 365 * Seconds.perDay).microseconds
    private static let now = Make.start.microseconds

    private func batch(
        boot: String = "b", epoch: Int64 = NodeOrderTests.now, started: Int64? = nil, sequence: Int64 = 1
    ) -> Batch {
        var batch = Make.batch(sequence: sequence, epoch: epoch)
        batch.bootID = boot
        batch.startedAfterBoot = started
        return batch
    }

    private func isNewer(_ second: Batch, than first: Batch) -> Bool {
        NodeOrder(first).following(second, at: Make.start) != nil
    }

    @Test func withinOneProcessTheSequenceDecides() {
        #expect(isNewer(batch(started: 5, sequence: 2), than: batch(started: 5, sequence: 1)))
        #expect(!isNewer(batch(started: 5, sequence: 1), than: batch(started: 5, sequence: 1)))
        #expect(!isNewer(batch(started: 5, sequence: 1), than: batch(started: 5, sequence: 2)))
    }

    @Test func withinOneBootTheLaterProcessDecidesWhateverTheClockSays() {
        let wrong = batch(epoch: Self.ahead, started: 5, sequence: 9)
        let right = batch(epoch: Self.now, started: 6, sequence: 1)
        #expect(isNewer(right, than: wrong))
        #expect(!isNewer(wrong, than: right))
    }

    @Test func anotherBootIsNewerAndOneThatWasLeftIsNot() throws {
        let first = batch(boot: "b1", epoch: Self.ahead, started: 9)
        let second = batch(boot: "b2", epoch: Self.now, started: 1)
        let order = try #require(NodeOrder(first).following(second, at: Make.start))
        #expect(order.following(first, at: Make.start) == nil)
        let third = batch(boot: "b3", started: 1)
        let after = try #require(order.following(third, at: Make.start))
        #expect(after.pastBoots == ["b2", "b1"])
        #expect(after.following(second, at: Make.start) == nil)
    }

    @Test func soManyBootsAreRemembered() throws {
        var order = NodeOrder(batch(boot: "b0"))
        for number in 1...20 {
            order = try #require(order.following(batch(boot: "b\(number)"), at: Make.start))
        }
        #expect(order.pastBoots.count == NodeOrder.pastBootsMax)
    }

    /// An agent that does not say when it started after the boot.
    @Test func withoutTheTimeSinceTheBootTheEpochDecidesUnlessItLiesAhead() {
        #expect(isNewer(batch(epoch: Self.now + 1), than: batch(epoch: Self.now, sequence: 9)))
        #expect(!isNewer(batch(epoch: Self.now - 1), than: batch(epoch: Self.now)))
        #expect(isNewer(batch(epoch: Self.now), than: batch(epoch: Self.ahead, sequence: 9)))
        #expect(isNewer(batch(epoch: Self.now, started: 5), than: batch(epoch: Self.now + 1)))
    }
}
