/// The order of bytes, which no locale and no Unicode version changes.
package enum Bytewise {
    package static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
