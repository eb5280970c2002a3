import Testing

@testable import AggregatorRuntime
@testable import Platform

@Suite struct ListenAddressTests {
    @Test func addressesAreReadAndLoopbackIsKnown() throws {
        #expect(try ListenAddress("127.0.0.1:7470").port == 7470)
        #expect(try ListenAddress("[::1]:7470").host == "::1")
        #expect(["::", "0.0.0.0"].contains(try ListenAddress("*:7470").bound))
        for text in ["127.0.0.1:1", "[::1]:1", "localhost:1"] { #expect(try ListenAddress(text).isLoopback) }
        for text in ["0.0.0.0:7470", "10.0.0.1:1", "[::]:7470", "example.com:80", "*:1"] {
            #expect(try !ListenAddress(text).isLoopback, "\(text)")
        }
        for text in ["127.0.0.1", "127.0.0.1:99999", ":1"] {
            #expect(throws: (any Error).self, "\(text)") { try ListenAddress(text) }
        }
    }
}
