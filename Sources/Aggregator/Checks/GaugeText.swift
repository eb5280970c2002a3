/// Texts of gauges that name a pod by its UID, the only name that a node knows.
package enum GaugeText {
    private static let mark = "top: pod "

    /// Where the UID stands in `…; top: pod 11111111-2222-…`; nil: no pod is named.
    package static func topPod(in message: String) -> Range<String.Index>? {
        guard let found = message.firstRange(of: mark) else { return nil }
        let end = message[found.upperBound...].firstIndex { !($0.isHexDigit || $0 == "-") } ?? message.endIndex
        return found.upperBound..<end
    }
}
