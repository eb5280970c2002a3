import Foundation

/// The body of a request to the API server.
package enum JSONBody {
    /// - Throws: `APIError` for what JSON cannot hold.
    package static func encode(_ object: [String: Any]) throws(APIError) -> [UInt8] {
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys) else {
            throw APIError(.malformed, "the request cannot be written as JSON")
        }
        return [UInt8](data)
    }

    /// - Throws: `APIError` for what JSON cannot hold.
    package static func encode(_ object: some Encodable) throws(APIError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(object) else {
            throw APIError(.malformed, "the request cannot be written as JSON")
        }
        return [UInt8](data)
    }
}
