/// A list whose elements are made one by one as they are read, so that nobody pays for those that nobody reads.
package struct OnDemand<Element: Sendable>: RandomAccessCollection, Sendable {
    package let count: Int
    private let make: @Sendable (Int) -> Element

    init(count: Int, make: @escaping @Sendable (Int) -> Element) {
        self.count = count
        self.make = make
    }

    init(_ elements: [Element]) {
        self.init(count: elements.count) { elements[$0] }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(position: Int) -> Element { make(position) }
}
