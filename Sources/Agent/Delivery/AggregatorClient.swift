import FoundationEssentials
package import HTTP
import Platform
import Synchronization
package import Wire

/// Speaks to the aggregator's ingest port.
package struct AggregatorClient: Sendable {
    package struct Setting: Sendable, Equatable {
        package var url: String
        package var node: String
        package var agentID: String
        /// PEM file of the authority that the aggregator is judged by.
        package var certificateAuthority: String?
        /// Read for each request: the kubelet renews it.
        package var tokenFile: String?
        /// An address of the same service, for when its name cannot be resolved.
        package var fallbackHost: String?

        package init(
            url: String, node: String, agentID: String, certificateAuthority: String? = nil, tokenFile: String? = nil,
            fallbackHost: String? = nil
        ) {
            self.url = url
            self.node = node
            self.agentID = agentID
            self.certificateAuthority = certificateAuthority
            self.tokenFile = tokenFile
            self.fallbackHost = fallbackHost
        }
    }

    package enum Failure: Error, CustomStringConvertible {
        /// No answer, or one that asks to come again.
        case retry(String, afterSeconds: Double?)
        /// A file that the request needs is not there yet.
        case fileMissing(String)
        /// Another position is committed.
        case conflict(Acknowledgement)
        /// The aggregator read the request whole, and will never take it in this form.
        case refused(Int, String)

        package var description: String {
            switch self {
            case .retry(let text, _), .fileMissing(let text): text
            case .conflict: "another position is committed"
            case .refused(let status, let text): "HTTP \(status): \(text)"
            }
        }
    }

    let setting: Setting
    private let http: HTTPClient
    private let noteBadInstructions: @Sendable (String) -> Void
    private let preference: Preference

    /// Shared by the copies of one client.
    private final class Preference: Sendable {
        let address = Atomic(false)
    }

    /// - Parameter noteBadInstructions: told what is wrong with instructions that are not obeyed.
    package init(
        _ setting: Setting, http: HTTPClient, noteBadInstructions: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.setting = setting
        self.http = http
        self.noteBadInstructions = noteBadInstructions
        preference = Preference()
    }

    /// What a trial found; redacted texts only.
    package func report(_ result: TrialResult) async throws(Failure) {
        let body: [UInt8]
        do { body = [UInt8](try JSONEncoder().encode(result)) } catch {
            throw .retry("The trial's result cannot be encoded: \(error)", afterSeconds: nil)
        }
        _ = try await post("trial", body)
    }

    package func hello() async throws(Failure) -> Acknowledgement {
        try await post("hello", [])
    }

    func send(_ encoded: [UInt8]) async throws(Failure) -> Acknowledgement {
        try await post("batches", encoded)
    }

    private func post(_ path: String, _ body: [UInt8]) async throws(Failure) -> Acknowledgement {
        let base = setting.url.hasSuffix("/") ? String(setting.url.dropLast()) : setting.url
        var request = HTTPRequest(url: "\(base)/v1/nodes/\(setting.node)/\(path)")
        request.method = "POST"
        request.body = body
        request.headers = [("Content-Type", "application/json"), ("X-Ke-Agent", setting.agentID)]
        do throws(SystemError) {
            // As bytes, because libcurl would keep what it read from a path, and the authority is renewed.
            if let path = setting.certificateAuthority { request.tls.certificateAuthorityPEM = try Files.read(path) }
            if let path = setting.tokenFile {
                let token = try Files.text(path).filter { !$0.isWhitespace }
                request.headers.append(("Authorization", "Bearer \(token)"))
            }
        } catch {
            throw error.isMissing ? .fileMissing(error.description) : .retry(error.description, afterSeconds: nil)
        }
        return try read(try await send(request), bytesSent: body.count)
    }

    /// By the service's name and, where that does not lead there, by its address; first the way that led there last.
    private func send(_ request: HTTPRequest) async throws(Failure) -> HTTPResponse {
        let byAddress = Self.byAddress(request, setting.fallbackHost)
        let prefersAddress = preference.address.load(ordering: .relaxed)
        var ways = [(request, false)]
        if let byAddress { ways.insert((byAddress, true), at: prefersAddress ? 0 : 1) }
        var problem: HTTPError?
        for (request, isAddress) in ways {
            do throws(HTTPError) {
                let response = try await http.send(request)
                preference.address.store(isAddress, ordering: .relaxed)
                return response
            } catch {
                // The name's failure says more than the address's.
                if problem == nil || !isAddress { problem = error }
                guard [.resolve, .timeout, .refused].contains(error.code) else { break }
            }
        }
        throw .retry(problem?.message ?? "", afterSeconds: nil)
    }

    /// The same request at `host`, with the certificate still judged by the name; nil: there is no other way.
    static func byAddress(_ request: HTTPRequest, _ host: String?) -> HTTPRequest? {
        guard let host, let scheme = request.url.firstRange(of: "://") else { return nil }
        let rest = request.url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let name = authority.prefix { $0 != ":" }
        // An address stands for itself.
        guard name.contains(where: \.isLetter), !authority.hasPrefix("[") else { return nil }
        var other = request
        let literal = host.contains(":") ? "[\(host)]" : host
        other.url = "\(request.url[..<scheme.upperBound])\(literal)\(rest.dropFirst(name.count))"
        other.tls.serverName = String(name)
        return other
    }

    func read(_ response: HTTPResponse, bytesSent: Int) throws(Failure) -> Acknowledgement {
        let decoder = JSONDecoder()
        if response.status == 200 {
            let answer: Acknowledgement
            do { answer = try decoder.decode(Acknowledgement.self, from: Data(response.body)) } catch {
                throw .retry("The aggregator's answer is not an acknowledgement: \(error)", afterSeconds: nil)
            }
            return try checked(answer)
        }
        // Something between here and the aggregator may have answered in words of its own.
        let refusal = try? decoder.decode(Refusal.self, from: Data(response.body))
        let text = refusal?.error ?? TextSafety.printable(String(decoding: response.body.prefix(200), as: UTF8.self))
        switch response.status {
        case 409:
            if let committed = refusal?.acknowledgement { throw .conflict(try checked(committed)) }
            throw .retry("A conflict without positions: \(text)", afterSeconds: nil)
        // A load balancer answers 400 too, and what arrived may have been cut on its way.
        case let status where [400, 413, 422].contains(status) && refusal?.bytesRead == bytesSent:
            throw .refused(status, text)
        default: throw .retry("HTTP \(response.status): \(text)", afterSeconds: response.retryAfterSeconds)
        }
    }

    /// An answer within its limits. Instructions beyond theirs are left out: what runs goes on.
    private func checked(_ answer: Acknowledgement) throws(Failure) -> Acknowledgement {
        if let problem = answer.problem {
            throw .retry("The aggregator's answer breaks a limit: \(problem)", afterSeconds: nil)
        }
        guard let problem = answer.instructions?.problem else { return answer }
        noteBadInstructions(problem)
        var answer = answer
        answer.instructions = nil
        return answer
    }
}
