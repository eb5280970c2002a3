import Synchronization

/// What was written of one report, so that the same is not written again for the next reader.
package final class RenderedTexts: Sendable {
    /// Different layouts that are kept: terminals of several widths.
    static let layoutsMax = 8
    static let bytesMax = 256 << 10

    package struct Key: Hashable, Sendable {
        var format: String
        var layout: ReportLayout

        package init(_ format: any ReportFormat, _ layout: ReportLayout) {
            self.format = format.id
            self.layout = layout
        }
    }

    private let texts = Mutex<[Key: String]>([:])

    func known(_ key: Key) -> String? { texts.withLock { $0[key] } }

    func text(_ key: Key, _ make: () -> String) -> String {
        if let known = known(key) { return known }
        let text = make()
        texts.withLock { texts in
            if text.utf8.count <= Self.bytesMax, texts.count < Self.layoutsMax { texts[key] = text }
        }
        return text
    }
}
