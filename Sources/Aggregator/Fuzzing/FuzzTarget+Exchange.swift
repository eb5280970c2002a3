// Only in debug builds, as `FuzzTarget`.
#if DEBUG
    import Foundation
    @testable import HTTP
    import Platform
    @testable import Report
    @testable import RuleEngine
    @testable import Store
    @testable import Wire

    extension FuzzTarget {
        /// What two programs say to each other, and what readers ask.
        static let exchange: [FuzzTarget] = [
            FuzzTarget(name: "batch") { bytes in
                guard let batch = try? JSONDecoder().decode(Batch.self, from: Data(bytes)), batch.problem == nil else {
                    return
                }
                // Twice, and once more as the next one: whatever passed the limits is applied without a trap.
                var contents = MemoryContents()
                var next = batch
                next.sequence = min(batch.sequence, .max - 1) + 1
                for one in [batch, batch, next] where contents.follows(one) {
                    contents.apply(one, at: Timestamp(seconds: 1_700_000_000), RetentionLimits())
                }
                contents.retain(RetentionLimits(), at: Timestamp(seconds: 1_700_100_000))
                _ = contents.current(since: Timestamp(microseconds: 0), bytesMax: 1 << 20)
                _ = contents.activeStates(batch.node)
            },
            FuzzTarget(name: "instructions") { bytes in
                guard let answer = try? JSONDecoder().decode(Acknowledgement.self, from: Data(bytes)) else { return }
                _ = answer.problem
                _ = answer.instructions?.problem
            },
            FuzzTarget(name: "report-query") { bytes in
                let pairs = String(decoding: bytes, as: UTF8.self).split(
                    separator: "&", omittingEmptySubsequences: false
                )
                .map { pair -> (key: String, value: String) in
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
                }
                guard let request = try? ReportRequest(query: pairs) else { return }
                let names = pairs.map(\.key)
                precondition(Set(names).count == names.count, "A parameter came twice and was taken.")
                precondition(!request.options.isLimited, "A query decides nothing about rights.")
            },
            FuzzTarget(name: "retry-after") { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let response = HTTPResponse(status: 503, headers: [("retry-after", text)], body: [])
                var backoff = Backoff()
                let delay = backoff.nextDelaySeconds(retryAfter: response.retryAfterSeconds ?? Double(text))
                precondition(delay >= 0 && delay <= 2 * Backoff.retryAfterSecondsMax, "\(delay)")
            },
            FuzzTarget(name: "redaction") { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let secret = "hunter2-of-the-fuzzer"
                let safe = redaction?.redact(text + "\n password=" + secret + " ")
                precondition(safe?.contains(secret) == false, "A secret passed.")
            },
        ]

        /// nil: the table of secrets does not compile, which its tests would say.
        private static let redaction = try? Redaction()
    }
#endif
