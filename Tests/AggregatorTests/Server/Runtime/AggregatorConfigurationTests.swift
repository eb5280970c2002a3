import Testing

@testable import AggregatorRuntime
@testable import Platform

@Suite struct AggregatorConfigurationTests {
    private func problem(_ ingest: String, tls: AggregatorConfiguration.TLS = .none, needsTokens: Bool = false) throws
        -> String?
    {
        let configuration = AggregatorConfiguration(
            ingest: try ListenAddress(ingest), read: try ListenAddress("127.0.0.1:0"), stateFolder: "/nowhere",
            tls: tls, needsTokens: needsTokens)
        do throws(CommandFailure) {
            try configuration.validate()
            return nil
        } catch { return error.message }
    }

    @Test func opensNothingToTheNetworkWithoutProtection() throws {
        #expect(try problem("127.0.0.1:1") == nil)
        #expect(try problem("0.0.0.0:1")?.contains("is not a loopback address") == true)
        #expect(try problem("0.0.0.0:1", tls: .folder("/tls"))?.contains("is not a loopback address") == true)
        #expect(try problem("127.0.0.1:1", needsTokens: true)?.contains("needs a cluster") == true)
        #expect(try problem("127.0.0.1:1", tls: .cluster)?.contains("needs a cluster") == true)
    }
}
