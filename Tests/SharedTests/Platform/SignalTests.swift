import Synchronization
import TestSupport
import Testing

@testable import Platform

@Suite struct SignalTests {
    /// Tasks that wait once each; the count says how many have gone on.
    private func waiters(_ count: Int, _ signal: Signal) -> (tasks: [Task<Void, Never>], done: @Sendable () -> Int) {
        let done = Counter()
        let tasks = (0..<count).map { _ in
            Task {
                await signal.wait()
                done.count.withLock { $0 += 1 }
            }
        }
        return (tasks, { done.count.withLock { $0 } })
    }

    private final class Counter: Sendable { let count = Mutex(0) }

    @Test func oneSignalWakesEveryWaiter() async {
        let signal = Signal()
        let (tasks, done) = waiters(5, signal)
        #expect(await eventually { signal.waitingCount == 5 })
        #expect(done() == 0)
        signal.set()
        for task in tasks { await task.value }
        #expect(done() == 5)
    }

    @Test func manySignalsBeforeALookAreOne() async {
        let signal = Signal()
        for _ in 0..<3 { signal.set() }
        await signal.wait()
        let (tasks, done) = waiters(1, signal)
        #expect(await eventually { signal.waitingCount == 1 })
        #expect(done() == 0, "the three were one")
        signal.set()
        for task in tasks { await task.value }
    }

    @Test func cancellationEndsOneWaitAndLeavesTheOthers() async {
        let signal = Signal()
        let (tasks, done) = waiters(2, signal)
        #expect(await eventually { signal.waitingCount == 2 })
        tasks[0].cancel()
        await tasks[0].value
        #expect(done() == 1)
        #expect(signal.waitingCount == 1)
        signal.set()
        await tasks[1].value
    }

    @Test func aCancelledTaskDoesNotTakeTheSignal() async {
        let signal = Signal()
        signal.set()
        let task = Task {
            await Task.yield()
            withUnsafeCurrentTask { $0?.cancel() }
            await signal.wait()
        }
        await task.value
        await signal.wait()
        #expect(signal.waitingCount == 0)
    }

    @Test func aSignalWithoutAWaiterIsKept() async {
        let signal = Signal()
        signal.set()
        #expect(await ends { await signal.wait() })
    }
}
