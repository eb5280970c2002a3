/// A list of names that are checked, and one of names that are not, which wins.
package struct Inclusion: Sendable, Equatable {
    package var include: [String] = []
    package var exclude: [String] = []

    func holds(_ name: String) -> Bool {
        !exclude.contains(name) && (include.isEmpty || include.contains(name))
    }
}
