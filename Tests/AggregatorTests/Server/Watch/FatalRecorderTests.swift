import Logging
import TestSupport
import Testing

@testable import ClusterIndex
@testable import Evaluation
@testable import Platform
@testable import Store
@testable import Watch

@Suite struct FatalRecorderTests {
    /// Without the agents' findings an evaluation would be of another cluster.
    @Test func keepsWhatWasConfirmedWhenTheStoreFails() async {
        let clock = ManualClock(Make.start)
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let state = ClusterState(name: "fake", settings: EvaluationSettings(), clock: clock)
        state.update { $0.fatal = ["known"] }
        await FatalRecorder(state: state, store: BrokenStore(), clock: clock, logger: logger).record()
        #expect(state.read { $0.fatal } == ["known"])
        let store = MemoryStore(newID: "s", now: Make.start)
        await FatalRecorder(state: state, store: store, clock: clock, logger: logger).record()
        #expect(state.read { !$0.fatal.contains("known") })
    }
}
