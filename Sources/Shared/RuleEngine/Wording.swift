import Findings

/// Text in English and, where there is one, Chinese.
package struct Wording: Hashable, Sendable {
    package var en: String
    package var zh: String

    package init(en: String = "", zh: String = "") {
        self.en = en
        self.zh = zh
    }

    /// Begins the texts that the author of a proposed rule must write.
    static let unwritten = "TODO"

    static func unwritten(_ what: String) -> Wording { Wording(en: "\(unwritten): \(what)", zh: unwritten) }
}
