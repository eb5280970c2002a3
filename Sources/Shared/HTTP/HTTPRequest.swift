/// What to send. Header names are written as given; a name must not hold line breaks.
package struct HTTPRequest: Sendable {
    /// How the server's certificate is verified and which certificate this client presents. Paths name PEM files.
    package struct TLS: Sendable, Equatable {
        package var certificateAuthority: String?
        package var clientCertificate: String?
        package var clientKey: String?
        /// PEM texts that win over the paths.
        package var certificateAuthorityPEM: [UInt8]?
        package var clientCertificatePEM: [UInt8]?
        package var clientKeyPEM: [UInt8]?
        /// The name that the certificate is verified for and that SNI carries, where it is not the URL's host.
        package var serverName: String?
        package var verifiesPeer = true
        package init() {}
    }

    package enum Version: Sendable, Equatable {
        case automatic
        /// HTTP/2 at once over clear text, which gRPC servers on unix sockets want.
        case http2PriorKnowledge
    }

    package var method = "GET"
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8]?
    /// Connect over this unix socket; the URL's host is then only a name.
    package var unixSocket: String?
    package var version = Version.automatic
    /// Whether a connection that an earlier exchange left open may serve, and this one may be left open.
    package var reusesConnections = true
    package var tls = TLS()
    package var connectTimeoutSeconds = 5.0
    /// For the whole exchange.
    package var timeoutSeconds = 30.0
    /// An exchange in which nothing comes for so long is an error; nil: only `timeoutSeconds` counts. For answers that
    /// are read as long as they come.
    package var idleTimeoutSeconds: Double?
    /// A longer body is an error, so that no server can exhaust this process's memory.
    package var responseBytesMax = 16 << 20
    /// `http://`, `https://` or `socks5://` proxy; nil: as the environment says.
    package var proxy: String?
    /// Ask for a compressed answer; it is decompressed here.
    package var acceptsCompression = false
    /// Keep the chain that the server showed in the handshake, for `HTTPResponse.certificates`.
    package var keepsCertificates = false
    /// Takes the body piece by piece instead of collecting it, on the client's own thread: while it blocks, every
    /// other exchange of this client waits. A status other than 200 is collected all the same. False ends the exchange.
    package var onBody: (@Sendable ([UInt8]) -> Bool)?

    package init(url: String) { self.url = url }

    /// Whether it goes to this machine.
    package var isLoopback: Bool { Transfer.isLoopback(url) }
}
