import Testing

@testable import Store

@Suite struct FairShareTests {
    @Test(
        arguments: [
            ([1, 2, 3], 6, nil), ([1, 2, 3], 7, nil), ([], 0, nil), ([10, 1, 1], 6, 4), ([10, 10], 6, 3),
            ([5, 10, 15], 15, 5), ([10], -5, 0), ([Int.max, Int.max], 100, 50),
        ] as [([Int], Int, Int?)]) func whoWantsLittleGetsItAndTheRestGetEqualParts(
            _ wanted: [Int], _ total: Int, _ level: Int?
        )
    {
        #expect(FairShare.level(wanted, total: total) == level)
    }

    @Test func allTogetherGetNoMoreThanThereIs() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let wanted = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                Int.random(in: 0...1000, using: &random)
            }
            let total = Int.random(in: 0...8000, using: &random)
            guard let level = FairShare.level(wanted, total: total) else {
                #expect(wanted.reduce(0, +) <= total)
                continue
            }
            let given = wanted.map { min($0, level) }.reduce(0, +)
            #expect(given <= total)
            // One more for each of those who want more would be too much.
            #expect(wanted.map { min($0, level + 1) }.reduce(0, +) > total)
        }
    }
}
