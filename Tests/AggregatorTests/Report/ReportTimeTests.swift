import Foundation
import Testing

@testable import Platform
@testable import Report

@Suite struct ReportTimeTests {
    private func json(_ time: ReportTime) throws -> String {
        String(decoding: try JSONEncoder().encode([time]), as: UTF8.self)
    }

    private func read(_ text: String) throws -> ReportTime {
        try #require(JSONDecoder().decode([ReportTime].self, from: Data("[\"\(text)\"]".utf8)).first)
    }

    @Test func isTextInJSONOnly() throws {
        let time = ReportTime(Timestamp(seconds: 1_767_268_800.75))
        #expect(try json(time) == #"["2026-01-01T12:00:00Z"]"#)
        #expect(try read("2026-01-01T12:00:00Z") == time)
        #expect(ReportLayout().time(time) == "2026-01-01T12:00:00Z")
        #expect(ReportTime(Timestamp(microseconds: -1)).time == Timestamp(seconds: -1))
    }

    @Test func whatIsNotKnownIsADashAndComesFirst() throws {
        #expect(try json(.unknown) == #"["-"]"#)
        #expect(try read("-") == .unknown)
        #expect(try read("") == .unknown)
        #expect(ReportLayout(localTime: true).time(.unknown) == "-")
        let early = ReportTime(Timestamp(seconds: 1))
        #expect([ReportTime(Timestamp(seconds: 2)), early, .unknown].sorted().first == .unknown)
        #expect(early < ReportTime(Timestamp(seconds: 2)))
        #expect(!(early < .unknown))
    }

    @Test func otherTextsAreRefused() {
        #expect(throws: DecodingError.self) { try read("yesterday") }
    }
}
