import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypesHTTP1

/// Puts the compressor of swift-nio-extras where it belongs: between the codec of HTTP/1 and what turns its parts into
/// the server's own, in front of which the server adds the handlers that it is given.
final class ResponseCompression: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// A shorter answer would gain nothing.
    static let bytesMin = 1024

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            let pipeline = context.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(
                HTTPResponseCompressor(responseCompressionPredicate: Self.isWorthwhile), position: .before(codec))
        } catch {
            // Without its place in the pipeline answers go out as they are.
            context.fireErrorCaught(error)
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private static func isWorthwhile(
        _ head: inout HTTPResponseHead, _: Bool
    ) -> HTTPResponseCompressor.CompressionIntent {
        // Without a length it comes in pieces, and is long.
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? .max
        return length >= bytesMin ? .compressIfPossible : .doNotCompress
    }
}
