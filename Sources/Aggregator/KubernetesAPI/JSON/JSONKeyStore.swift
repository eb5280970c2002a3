/// Keeps the bytes of keys that are known only at run time.
package final class JSONKeyStore: @unchecked Sendable {
    // SAFETY: as an arena.
    private var texts: [UnsafeMutableBufferPointer<UInt8>] = []

    package init() {}

    package func key(_ text: some StringProtocol) -> JSONKey {
        let bytes = Array(text.utf8)
        let kept = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        _ = kept.initialize(from: bytes)
        texts.append(kept)
        return JSONKey(start: UnsafePointer(kept.baseAddress), count: bytes.count)
    }

    deinit { for text in texts { text.deallocate() } }
}
