/// Values with one lifetime that refer to each other without reference counting, for walks over millions of them.
package final class Arena<Element>: @unchecked Sendable {
    // SAFETY: filled by the one that makes it, before anybody else sees it; then only read.

    private var pointers: [UnsafeMutablePointer<Element>] = []

    var count: Int { pointers.count }

    package init() {}

    package func make(_ element: Element) -> ArenaReference<Element> {
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: 1)
        pointer.initialize(to: element)
        pointers.append(pointer)
        return ArenaReference(pointer: pointer)
    }

    deinit {
        for pointer in pointers {
            pointer.deinitialize(count: 1)
            pointer.deallocate()
        }
    }
}

/// A value in an arena; valid while the arena lives.
@dynamicMemberLookup
package struct ArenaReference<Element>: @unchecked Sendable, Hashable {
    // SAFETY: as the arena.
    fileprivate let pointer: UnsafeMutablePointer<Element>

    // The accessors are unofficial, and stay: a getter would copy an element of forty fields at each of a million
    // looks, a key path would be interpreted outside of this module, and `borrow` accessors are not in Swift 6.3. The
    // pointer itself must not leave this file.
    package var value: Element {
        unsafeAddress { UnsafePointer(pointer) }
        nonmutating unsafeMutableAddress { pointer }
    }

    package subscript<Value>(dynamicMember path: WritableKeyPath<Element, Value>) -> Value {
        get { pointer.pointee[keyPath: path] }
        nonmutating set { pointer.pointee[keyPath: path] = newValue }
    }
}
