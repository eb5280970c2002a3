internal import CCurl
internal import Glibc
import Platform
internal import Synchronization

/// An HTTP client on libcurl's multi interface: one thread, any number of exchanges, connections kept alive.
///
/// Retrying is the caller's business (`Backoff`). Cancelling the calling task ends the exchange.
package final class HTTPClient: Sendable {
    package static let userAgent = "kubeeye/1"
    private let engine = CurlEngine()

    package init() { engine.start() }

    deinit { engine.stop() }

    /// - Throws: `HTTPError`; a status such as 404 or 503 is a response, not an error.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let transfer = Transfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.setContinuation(continuation)
                engine.submit(transfer)
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        return try result.get()
    }
}

/// The thread that owns the multi handle.
private final class CurlEngine: Sendable {
    private struct Inbox {
        var waiting: [Transfer] = []
        var cancelled: [Transfer] = []
        var stopping = false
    }

    private let inbox = Mutex(Inbox())
    // SAFETY: used by the engine's thread only, but for curl_multi_wakeup, which is documented as callable from any.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer?

    init() {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        multi = curl_multi_init().map { UnsafeMutableRawPointer($0) }
    }

    func start() {
        // The engine keeps itself alive through the thread until `stop`.
        NativeThread.start { self.loop() }
    }

    func stop() {
        inbox.withLock { $0.stopping = true }
        curl_multi_wakeup(multi)
    }

    func submit(_ transfer: Transfer) {
        let accepted = inbox.withLock { inbox in
            if inbox.stopping { return false }
            inbox.waiting.append(transfer)
            return true
        }
        if accepted {
            curl_multi_wakeup(multi)
        } else {
            transfer.finish(.failure(HTTPError(code: .closed, message: "The HTTP client has been closed.")))
        }
    }

    func cancel(_ transfer: Transfer) {
        inbox.withLock { $0.cancelled.append(transfer) }
        curl_multi_wakeup(multi)
    }

    private func loop() {
        var running: [UnsafeMutableRawPointer: Transfer] = [:]
        while true {
            let (waiting, cancelled, stopping) = inbox.withLock { inbox in
                defer {
                    inbox.waiting = []
                    inbox.cancelled = []
                }
                return (inbox.waiting, inbox.cancelled, inbox.stopping)
            }
            for transfer in waiting {
                if let easy = transfer.makeHandle() {
                    running[easy] = transfer
                    curl_multi_add_handle(multi, easy)
                }
            }
            for transfer in cancelled { end(transfer, in: &running, with: .cancelled, "The exchange was cancelled.") }
            if stopping {
                for transfer in running.values {
                    end(transfer, in: &running, with: .closed, "The HTTP client has been closed.")
                }
                curl_multi_cleanup(multi)
                return
            }
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            collect(&running)
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
    }

    private func collect(_ running: inout [UnsafeMutableRawPointer: Transfer]) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = ke_curlmsg_result(message)
            guard let transfer = running.removeValue(forKey: easy) else { continue }
            let outcome = transfer.outcome(easy, result)
            curl_multi_remove_handle(multi, easy)
            transfer.release(easy)
            transfer.finish(outcome)
        }
    }

    private func end(
        _ transfer: Transfer, in running: inout [UnsafeMutableRawPointer: Transfer], with code: HTTPError.Code,
        _ message: String
    ) {
        if let (easy, _) = running.first(where: { $0.value === transfer }) {
            running[easy] = nil
            curl_multi_remove_handle(multi, easy)
            transfer.release(easy)
        }
        transfer.finish(.failure(HTTPError(code: code, message: message)))
    }
}
