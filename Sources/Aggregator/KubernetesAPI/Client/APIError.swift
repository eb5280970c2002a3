package import Findings
import HTTP
import Platform

/// Why there is no usable response from the API server.
package struct APIError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        case unauthorized, forbidden, notFound, gone, conflict, tooManyRequests
        case server(Int)
        case unreachable, timeout, tls, malformed, truncated, tooLarge
    }

    package let kind: Kind
    /// The server's or the library's message.
    let message: String
    /// The request, `GET /api/v1/pods`; empty before the first one.
    var request = ""
    /// Of a paged list, counted from 1; 0 where there are no pages.
    var page = 0

    package init(_ kind: Kind, _ message: String, request: String = "", page: Int = 0) {
        self.kind = kind
        self.message = message
        self.request = request
        self.page = page
    }

    package var description: String {
        let place = [request, page > 0 ? "page \(page)" : ""].filter { !$0.isEmpty }.joined(separator: ", ")
        let text = TextSafety.cut(TextSafety.printable(message), bytesMax: 300)
        return place.isEmpty ? text : "\(place): \(text)"
    }

    package var unobservedReason: UnobservedReason {
        switch kind {
        case .unauthorized, .forbidden: .forbidden
        case .notFound: .notExposed
        case .timeout: .timeout
        case .malformed: .malformed
        case .truncated, .tooLarge, .gone: .truncated
        case .unreachable, .tls, .conflict, .tooManyRequests, .server: .unreachable
        }
    }

    /// For the table of what was not observed: `GET /readyz: 403`.
    package var brief: String {
        switch kind {
        case .forbidden: "\(request): 403"
        case .unauthorized: request.isEmpty ? message : "\(request): 401"
        case .notFound: "\(request): 404"
        default: description
        }
    }

    /// There was no response at all, or none for this user: the report would be empty, so this is an error.
    package var isFatalToReport: Bool {
        switch kind {
        case .unauthorized, .unreachable, .timeout, .tls: true
        default: false
        }
    }

    static func from(_ error: HTTPError, request: String) -> APIError {
        switch error.code {
        case .timeout: APIError(.timeout, error.message, request: request)
        case .tls: APIError(.tls, error.message, request: request)
        case .tooLarge: APIError(.tooLarge, error.message, request: request)
        default: APIError(.unreachable, error.message, request: request)
        }
    }

    /// The error of a status other than 2xx; the message is the `Status` object's where there is one.
    package static func from(status: Int, body: [UInt8], request: String) -> APIError {
        var message = "HTTP \(status)"
        if let document = try? JSONDocument(body), let text = document.root["message"]?.string, !text.isEmpty {
            message = text
        } else if !body.isEmpty {
            message += ": " + String(decoding: body.prefix(200), as: UTF8.self)
        }
        let kind: Kind =
            switch status {
            case 401: .unauthorized
            case 403: .forbidden
            case 404, 405, 406: .notFound
            case 409: .conflict
            case 410: .gone
            case 429: .tooManyRequests
            default: .server(status)
            }
        return APIError(kind, message, request: request)
    }
}
