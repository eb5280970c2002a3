/// A language of the reports.
package enum Language: String, CaseIterable, Sendable { case en, zh }
