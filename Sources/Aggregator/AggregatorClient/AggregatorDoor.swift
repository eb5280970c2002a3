import Foundation
import HTTP
package import KubernetesAPI
package import Platform
package import Wire

/// The aggregator's read port, at an address or through the API server's service proxy.
package struct AggregatorDoor: Sendable {
    package enum Way: Sendable {
        case address(String)
        case cluster(KubernetesClient)
    }

    package let way: Way
    let http = HTTPClient()

    package init(way: Way) {
        self.way = way
    }

    /// - Throws: `CommandFailure` with what the aggregator, or the way to it, says.
    package func exchange<Answer: Decodable>(
        _ method: String, _ path: String, body: (some Encodable)? = String?.none, as type: Answer.Type
    ) async throws -> Answer {
        let encoded = try body.map { [UInt8](try JSONEncoder().encode($0)) }
        let answer: [UInt8]
        switch way {
        case .address(let base):
            var request = HTTPRequest(url: base + "/" + path)
            request.method = method
            request.body = encoded ?? []
            request.responseBytesMax = 512 << 20
            request.timeoutSeconds = 60
            if encoded != nil { request.headers = [("Content-Type", "application/json")] }
            let response: HTTPResponse
            do throws(HTTPError) { response = try await http.send(request) } catch {
                throw CommandFailure(message: "The aggregator at \(base) does not answer: \(error.message).")
            }
            guard response.status == 200 else {
                let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(response.body))
                throw CommandFailure(
                    message: "The aggregator says: \(refusal?.error ?? "HTTP \(response.status)")")
            }
            answer = response.body
        case .cluster(let client):
            switch await AggregatorReader.proxied(client, path, method: method, body: encoded) {
            case .answer(let body): answer = body
            case .absent: throw CommandFailure(message: "There is no aggregator in this cluster to ask for its agents.")
            case .failed(let why): throw CommandFailure(message: "The aggregator could not be asked: \(why)")
            }
        }
        guard let made = try? JSONDecoder().decode(type, from: Data(answer)) else {
            throw CommandFailure(message: "The aggregator's answer is not understood; is it of this version?")
        }
        return made
    }

    package func snapshot(since: Timestamp) async throws -> Snapshot {
        try await exchange("GET", "v1/snapshot?since=\(since.microseconds)", as: Snapshot.self)
    }
}
