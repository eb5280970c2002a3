/// A text in all of them.
package struct LocalText: Sendable, Equatable {
    package var en: String
    package var zh: String

    package init(_ en: String, _ zh: String) {
        self.en = en
        self.zh = zh
    }

    package func callAsFunction(_ language: Language) -> String { language == .zh ? zh : en }
}
