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

    /// Seconds of `Retry-After`, when it is a number.
    package var retryAfterSeconds: Double? { header("retry-after").flatMap(Double.init) }
}
