import HTTPTypes
import Hummingbird
import NIOCore
import Platform
import Report
import Responses
import Synchronization
import Wire

/// Writes a report as its reader asked for it. A short one is sent whole; a long one piece by piece, as fast as the
/// reader takes it, with one piece in memory.
struct ReportAnswer: Sendable {
    /// Long answers at once: each keeps the state that it is made from until its reader has taken it.
    static let longMax = 16
    /// An answer of more bytes is a long one.
    static let shortBytesMax = 64 << 10

    /// Counts the long answers that are being sent.
    final class Slots: Sendable {
        private let used = Mutex(0)

        func take() -> Bool {
            used.withLock { used in
                guard used < longMax else { return false }
                used += 1
                return true
            }
        }

        func giveBack() { used.withLock { $0 -= 1 } }
    }

    let request: ReportRequest
    let slots: Slots

    private var format: any ReportFormat { request.format.flatMap(ReportFormats.named) ?? ReportFormats.compact }

    /// What is kept for the next reader; nil: nothing.
    var text: RenderedTexts.Key? {
        request.changesSeconds == nil && !request.isOverview && request.format != nil
            ? RenderedTexts.Key(format, request.layout) : nil
    }

    /// - Parameter age: of the state, in seconds.
    func response(_ content: ReportContent, age: Double) -> Response {
        var content = content.aged(age)
        if let seconds = request.changesSeconds { content = content.comparing(seconds: seconds) }
        let format = format
        var headers: HTTPFields = [.contentType: format.mediaType]
        if let name = HTTPField.Name(ReportRequest.exitStatusHeader), let failOn = request.failOn {
            headers[name] = String(content.exitStatus(failOn: failOn))
        }
        if request.isOverview { content = ReportContent(content.overview(first: request.layout.limit)) }
        do {
            var pieces = try format.pieces(content, request.layout)
            var start = ""
            while start.utf8.count <= Self.shortBytesMax {
                guard let piece = try pieces.next() else {
                    let body = ResponseBody(byteBuffer: ByteBuffer(string: start))
                    return Response(status: .ok, headers: headers, body: body)
                }
                start += piece
            }
            return long(start, pieces, headers)
        } catch {
            return Responses.json(
                .internalServerError, Refusal(error: "The report cannot be written: \(error)."))
        }
    }

    private func long(_ start: String, _ rest: any ReportPieces, _ headers: HTTPFields) -> Response {
        guard slots.take() else {
            var response = Responses.json(
                .serviceUnavailable, Refusal(error: "\(Self.longMax) long reports are being sent; try again."))
            response.headers[.retryAfter] = String(RouteAnswers.retrySeconds)
            return response
        }
        let slot = Slot(slots)
        let body = ResponseBody { writer in
            var rest = rest
            try await writer.write(ByteBuffer(string: start))
            while let piece = try rest.next() { try await writer.write(ByteBuffer(string: piece)) }
            try await writer.finish(nil)
            withExtendedLifetime(slot) {}
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// Gives a slot back when nobody holds it any more, also where its reader went away before the first piece.
    private final class Slot: Sendable {
        private let slots: Slots
        init(_ slots: Slots) { self.slots = slots }
        deinit { slots.giveBack() }
    }
}
