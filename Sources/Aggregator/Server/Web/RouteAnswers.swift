import AggregatorMetrics
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Responses
import Store
import Wire

/// Answers that all routes share.
struct RouteAnswers: Sendable {
    /// What a client should wait before it sends the same again.
    static let retrySeconds = 2

    let metrics: IngestMetrics
    let logger: Logger

    /// - Parameter bytesRead: of a body that was read whole, and would be refused again.
    func refuse(_ status: HTTPResponse.Status, _ text: String, bytesRead: Int? = nil) -> Response {
        Responses.json(status, Refusal(error: text, bytesRead: bytesRead))
    }

    /// 503 with a time to come again: an agent keeps what it has until then.
    func failed(_ error: StoreError) -> Response {
        note(error)
        var response = Responses.json(.serviceUnavailable, Refusal(error: "The store cannot be used: \(error.message)"))
        response.headers[.retryAfter] = String(Self.retrySeconds)
        return response
    }

    func note(_ error: StoreError) {
        metrics.storeError()
        logger.error("The store failed.", metadata: ["reason": "\(error.message)"])
    }

    /// Decodes a JSON body, or refuses it.
    /// - Parameter bytesMax: of the body.
    func decoded<Body: Decodable>(
        _ request: Request, _ type: Body.Type, bytesMax: Int, _ answer: (Body) async -> Response
    ) async -> Response {
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: bytesMax) } catch is NIOTooManyBytesError {
            return refuse(.contentTooLarge, "A body has at most \(bytesMax) bytes.")
        } catch {
            return refuse(.requestTimeout, "The body could not be read to its end.")
        }
        let body: Body
        do { body = try JSONDecoder().decode(type, from: Data(buffer.readableBytesView)) } catch {
            return refuse(.badRequest, "The body is not a valid request: \(Self.place(error))")
        }
        return await answer(body)
    }

    /// Where in the document decoding failed, without its content.
    static func place(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be decoded" }
        let (context, what): (DecodingError.Context?, String) =
            switch error {
            case .typeMismatch(_, let context): (context, "wrong type")
            case .valueNotFound(_, let context): (context, "no value")
            case .keyNotFound(let key, let context): (context, "no '\(key.stringValue)'")
            case .dataCorrupted(let context): (context, "not JSON")
            @unknown default: (nil, "unknown mistake")
            }
        let path = context?.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined() ?? ""
        return "\(what)\(path.isEmpty ? "" : " at \(path)")"
    }
}
