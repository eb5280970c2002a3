/// What to send. Header names are written as given; a name must not hold line breaks.
public struct HTTPRequest: Sendable {
    /// How the server's certificate is judged and how this side shows its own. Paths name PEM files.
    public struct TLS: Sendable, Equatable {
        public var certificateAuthority: String?
        public var clientCertificate: String?
        public var clientKey: String?
        /// PEM texts that win over the paths.
        public var certificateAuthorityPEM: [UInt8]?
        public var clientCertificatePEM: [UInt8]?
        public var clientKeyPEM: [UInt8]?
        /// The name that the certificate is judged by and that SNI carries, where it is not the URL's host.
        public var serverName: String?
        public var verifiesPeer = true
        public init() {}
    }

    public enum Version: Sendable, Equatable {
        case automatic
        /// HTTP/2 at once over clear text, which gRPC servers on unix sockets want.
        case http2PriorKnowledge
    }

    public var method = "GET"
    public var url: String
    public var headers: [(name: String, value: String)] = []
    public var body: [UInt8]?
    /// Connect over this unix socket; the URL's host is then only a name.
    public var unixSocket: String?
    public var version = Version.automatic
    public var tls = TLS()
    public var connectTimeoutSeconds = 5.0
    /// For the whole exchange.
    public var timeoutSeconds = 30.0
    /// A longer body is an error, so that no server can fill this side's memory.
    public var responseBytesMax = 16 << 20
    /// `http://`, `https://` or `socks5://` proxy; nil: as the environment says.
    public var proxy: String?
    /// Ask for a compressed answer; it is decompressed here.
    public var acceptsCompression = false
    /// Keep the chain that the server showed in the handshake, for `HTTPResponse.certificates`.
    public var keepsCertificates = false
    /// Takes the body piece by piece instead of collecting it, on the client's own thread: it must not block.
    /// A status other than 200 is collected all the same. False ends the exchange.
    public var onBody: (@Sendable ([UInt8]) -> Bool)?

    public init(url: String) { self.url = url }
}

public struct HTTPResponse: Sendable {
    public let status: Int
    /// Names in lower case, in order of arrival; trailers (gRPC) follow the headers.
    public let headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// The server's chain, leaf first, as PEM texts, when `keepsCertificates` asked for it.
    public var certificates: [String] = []

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8], certificates: [String] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        self.certificates = certificates
    }

    public func header(_ name: String) -> String? { headers.last { $0.name == name.lowercased() }?.value }

    /// Seconds of `Retry-After`, when it is a number.
    public var retryAfterSeconds: Double? { header("retry-after").flatMap(Double.init) }
}

/// Why no response came.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        case badURL, resolve, refused, timeout, tls, tooLarge, cancelled, closed
        /// libcurl's own number for what has no name here.
        case other(Int)
    }

    public let code: Code
    /// libcurl's words.
    public let message: String

    public var description: String { message }
}
