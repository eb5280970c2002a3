import Foundation
package import HTTPTypes
package import Hummingbird
import NIOCore

/// Answers of the aggregator.
package enum Responses {
    package static func json(_ status: HTTPResponse.Status, _ value: some Encodable) -> Response {
        guard let data = try? JSONEncoder().encode(value) else {
            return text(.internalServerError, Array("cannot encode the answer\n".utf8), type: "text/plain")
        }
        return text(status, [UInt8](data), type: "application/json")
    }

    package static func text(_ status: HTTPResponse.Status, _ body: [UInt8], type: String) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
