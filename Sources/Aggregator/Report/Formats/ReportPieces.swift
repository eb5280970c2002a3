/// A report's text piece by piece, so that neither end needs all of it in memory.
package protocol ReportPieces: Sendable {
    /// nil: that was all.
    mutating func next() throws -> String?
}

extension ReportPieces {
    /// All pieces together.
    func joined() throws -> String {
        var pieces = self, text = ""
        while let piece = try pieces.next() { text += piece }
        return text
    }
}

/// A text that a format makes at once.
struct WholePiece: ReportPieces {
    private var make: (@Sendable () throws -> String)?

    init(_ make: @escaping @Sendable () throws -> String) { self.make = make }

    mutating func next() throws -> String? {
        defer { make = nil }
        return try make?()
    }
}
