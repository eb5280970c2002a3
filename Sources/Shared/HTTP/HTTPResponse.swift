package struct HTTPResponse: Sendable {
    package let status: Int
    /// Names in lower case, in order of arrival; trailers (gRPC) follow the headers.
    package let headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// The server's chain, leaf first, as PEM texts, when `keepsCertificates` asked for it.
    package var certificates: [String] = []

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8], certificates: [String] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        self.certificates = certificates
    }

    package func header(_ name: String) -> String? { headers.last { $0.name == name.lowercased() }?.value }

    /// Seconds of `Retry-After`, when it is a number of them (RFC 9110 §10.2.3): digits, and nothing that only `Double`
    /// would read, such as `nan`, `1e300` or `-1`.
    package var retryAfterSeconds: Double? {
        guard let text = header("retry-after"), !text.isEmpty, text.utf8.count <= Self.retryAfterDigitsMax,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Double(text)
    }

    private static let retryAfterDigitsMax = 10
}
