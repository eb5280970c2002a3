internal import CCurl
internal import Synchronization

/// One exchange: its request, the response so far, and the continuation that waits for it.
///
/// SAFETY: the mutable parts but `state` are touched by the engine's thread only.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPResponse, HTTPError>

    private enum State {
        case idle
        case waiting(CheckedContinuation<Outcome, Never>)
        case done
    }

    private let request: HTTPRequest
    private let state = Mutex(State.idle)
    private var body: [UInt8] = []
    private var headers: [(name: String, value: String)] = []
    private var status = 0
    private var tooLarge = false
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var errorBuffer: UnsafeMutablePointer<CChar>?

    init(_ request: HTTPRequest) { self.request = request }

    func setContinuation(_ continuation: CheckedContinuation<Outcome, Never>) {
        state.withLock { $0 = .waiting(continuation) }
    }

    /// Answers the caller, once; later calls do nothing.
    func finish(_ outcome: Outcome) {
        let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            defer { if case .waiting = state { state = .done } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: outcome)
    }

    private var isDone: Bool {
        state.withLock { if case .done = $0 { true } else { false } }
    }

    /// A configured easy handle, or `nil` when the exchange is over already or cannot start (then it was answered).
    func makeHandle() -> UnsafeMutableRawPointer? {
        if isDone { return nil }
        guard let easy = curl_easy_init() else {
            finish(.failure(HTTPError(code: .other(0), message: "libcurl returned no handle: out of memory.")))
            return nil
        }
        if let line = request.headers.first(where: { ($0.name + $0.value).contains(where: \.isNewline) }) {
            curl_easy_cleanup(easy)
            finish(.failure(HTTPError(code: .badURL, message: "The header \(line.name) contains a line break.")))
            return nil
        }
        configure(easy)
        return UnsafeMutableRawPointer(easy)
    }

    private func configure(_ easy: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        buffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        errorBuffer = buffer
        ke_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, buffer)
        ke_curl_set_string(easy, CURLOPT_URL, request.url)
        ke_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        ke_curl_set_string(easy, CURLOPT_USERAGENT, HTTPClient.userAgent)
        ke_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ke_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(request.connectTimeoutSeconds * 1000))
        ke_curl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(request.timeoutSeconds * 1000))
        if let idle = request.idleTimeoutSeconds {
            // Less than one byte a second for so many seconds.
            ke_curl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
            ke_curl_set_long(easy, CURLOPT_LOW_SPEED_TIME, max(1, Int(idle.rounded(.up))))
        }
        // An empty text turns proxies from the environment off: none is needed on this machine.
        if let proxy = request.proxy {
            ke_curl_set_string(easy, CURLOPT_PROXY, proxy)
        } else if request.unixSocket != nil || Self.isLoopback(request.url) {
            ke_curl_set_string(easy, CURLOPT_PROXY, "")
        }
        if request.acceptsCompression { ke_curl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "gzip") }
        if request.responseBytesMax > Self.largeBytes { ke_curl_set_long(easy, CURLOPT_BUFFERSIZE, Self.pieceBytes) }
        if let path = request.unixSocket { ke_curl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, path) }
        if request.version == .http2PriorKnowledge {
            ke_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
        }
        if !request.reusesConnections {
            ke_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
            ke_curl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        }
        setTLS(easy)
        setBody(easy)
        for header in request.headers { headerList = curl_slist_append(headerList, "\(header.name): \(header.value)") }
        // Without this libcurl waits a second for "100 Continue" before a larger body.
        headerList = curl_slist_append(headerList, "Expect:")
        ke_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList)
        ke_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        ke_curl_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receive(UnsafeBufferPointer(start: bytes, count: size * count))
        }
        ke_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        ke_curl_set_write(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            transfer.receiveHeader(UnsafeBufferPointer(start: bytes, count: size * count))
            return size * count
        }
    }

    /// Answers above this are read in large pieces.
    private static let largeBytes = 16 << 20
    /// libcurl's largest.
    private static let pieceBytes = 512 << 10

    private func setTLS(_ easy: UnsafeMutableRawPointer) {
        let tls = request.tls
        if let path = tls.certificateAuthority { ke_curl_set_string(easy, CURLOPT_CAINFO, path) }
        if let path = tls.clientCertificate { ke_curl_set_string(easy, CURLOPT_SSLCERT, path) }
        if let path = tls.clientKey { ke_curl_set_string(easy, CURLOPT_SSLKEY, path) }
        if let pem = tls.certificateAuthorityPEM { setBlob(easy, CURLOPT_CAINFO_BLOB, pem) }
        if let pem = tls.clientCertificatePEM { setBlob(easy, CURLOPT_SSLCERT_BLOB, pem) }
        if let pem = tls.clientKeyPEM { setBlob(easy, CURLOPT_SSLKEY_BLOB, pem) }
        // A given authority replaces the system's trust store.
        if tls.certificateAuthority != nil || tls.certificateAuthorityPEM != nil {
            ke_curl_set_string(easy, CURLOPT_CAPATH, nil)
        }
        if let name = tls.serverName, let target = Self.renamed(request.url, to: name) {
            ke_curl_set_string(easy, CURLOPT_URL, target.url)
            connectTo = curl_slist_append(nil, "\(name):\(target.port):\(target.host):\(target.port)")
            ke_curl_set_list(easy, CURLOPT_CONNECT_TO, connectTo)
            headerList = curl_slist_append(headerList, "Host: \(target.host):\(target.port)")
        }
        if !tls.verifiesPeer {
            ke_curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
            ke_curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if request.keepsCertificates { ke_curl_set_long(easy, CURLOPT_CERTINFO, 1) }
    }

    private func setBlob(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { ke_curl_set_blob(easy, option, $0.baseAddress, $0.count) }
    }

    /// `https://host:port/path` with another host, and what host and port it had.
    static func renamed(_ url: String, to name: String) -> (url: String, host: String, port: Int)? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let isSecure = url.hasPrefix("https")
        var host = String(authority), port = isSecure ? 443 : 80
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]"),
            let number = Int(authority[authority.index(after: colon)...])
        {
            host = String(authority[..<colon])
            port = number
        }
        return ("\(url[..<scheme.upperBound])\(name):\(port)\(rest.dropFirst(authority.count))", host, port)
    }

    static func isLoopback(_ url: String) -> Bool {
        let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        let host = rest.split(separator: "@").last ?? ""
        return host.hasPrefix("127.") || host.hasPrefix("localhost") || host.hasPrefix("[::1]")
    }

    private func setBody(_ easy: UnsafeMutableRawPointer) {
        if let body = request.body {
            ke_curl_set_long(easy, CURLOPT_POST, 1)
            ke_curl_set_long(easy, CURLOPT_POSTFIELDSIZE, body.count)
            // COPYPOSTFIELDS copies at once, by the size set before.
            body.withUnsafeBytes { bytes in
                _ = ke_curl_set_pointer(
                    easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
        }
        if request.method == "HEAD" {
            ke_curl_set_long(easy, CURLOPT_NOBODY, 1)
        } else if request.method != (request.body == nil ? "GET" : "POST") {
            ke_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func receive(_ bytes: UnsafeBufferPointer<CChar>) -> Int {
        if let onBody = request.onBody, status == 200 {
            let isWanted = bytes.withMemoryRebound(to: UInt8.self) { onBody(Array($0)) }
            return isWanted ? bytes.count : 0
        }
        if body.isEmpty, let length = headers.last(where: { $0.name == "content-length" }).flatMap({ Int($0.value) }) {
            // And padding for a parser that reads in place.
            body.reserveCapacity(min(length, request.responseBytesMax) + 128)
        }
        if body.count + bytes.count > request.responseBytesMax {
            tooLarge = true
            return 0
        }
        bytes.withMemoryRebound(to: UInt8.self) { body.append(contentsOf: $0) }
        return bytes.count
    }

    private func receiveHeader(_ bytes: UnsafeBufferPointer<CChar>) {
        let line = bytes.withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
        if line.hasPrefix("HTTP/") {
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            headers = []
        }  // a new response: what came before was 1xx or a redirect
        guard headers.count < 256, let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        headers.append((line[..<colon].lowercased(), String(value.prefix { !$0.isNewline })))
    }

    func outcome(_ easy: UnsafeMutableRawPointer, _ result: CURLcode) -> Outcome {
        guard result == CURLE_OK else { return .failure(error(result)) }
        var status = 0
        ke_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return .success(
            HTTPResponse(status: status, headers: headers, body: body, certificates: certificates(easy)))
    }

    private func certificates(_ easy: UnsafeMutableRawPointer) -> [String] {
        guard request.keepsCertificates else { return [] }
        var information: UnsafeMutablePointer<curl_certinfo>?
        guard ke_curl_get_certinfo(easy, &information) == CURLE_OK, let information else { return [] }
        return (0..<Int(information.pointee.num_of_certs)).compactMap { index in
            var entry = information.pointee.certinfo?[index]
            while let piece = entry {
                let text = piece.pointee.data.map { String(cString: $0) } ?? ""
                if text.hasPrefix("Cert:") { return String(text.dropFirst(5)) }
                entry = piece.pointee.next
            }
            return nil
        }
    }

    private func error(_ result: CURLcode) -> HTTPError {
        let own = errorBuffer.map { String(cString: $0) } ?? ""
        let message = own.isEmpty ? String(cString: curl_easy_strerror(result)) : own
        if tooLarge {
            return HTTPError(code: .tooLarge, message: "The body exceeds \(request.responseBytesMax) bytes.")
        }
        let code: HTTPError.Code =
            switch result {
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .badURL
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
            case CURLE_COULDNT_CONNECT: .refused
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM,
                CURLE_SSL_CACERT_BADFILE:
                .tls
            case CURLE_WRITE_ERROR where request.onBody != nil: .cancelled
            case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: .closed
            default: .other(Int(result.rawValue))
            }
        return HTTPError(code: code, message: message)
    }

    /// Frees the handle and what hangs on it.
    func release(_ easy: UnsafeMutableRawPointer) {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectTo)
        connectTo = nil
        errorBuffer?.deallocate()
        headerList = nil
        errorBuffer = nil
    }
}
