import Synchronization

/// Findings by their ids. Only a format that looks one up pays for that: there may be tens of thousands.
final class ItemPlaces: Sendable {
    private let items: OnDemand<Report.Item>
    private let places = Mutex<[String: Int]?>(nil)

    init(_ items: OnDemand<Report.Item>) { self.items = items }

    subscript(id: String) -> Report.Item? {
        let place = places.withLock { places in
            if let places { return places[id] }
            let all = Dictionary(items.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { a, _ in a })
            places = all
            return all[id]
        }
        return place.map { items[$0] }
    }
}
