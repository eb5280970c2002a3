import Testing

@testable import Platform

@Suite struct CountedTests {
    @Test func theNounAgreesWithItsNumber() {
        #expect(counted(0, "rule") == "0 rules")
        #expect(counted(1, "rule") == "1 rule")
        #expect(counted(2, "more node") == "2 more nodes")
        #expect(counted(1, "process", plural: "processes") == "1 process")
        #expect(counted(3, "process", plural: "processes") == "3 processes")
    }
}
