import Platform

/// How a total is divided among those who want some of it: who wants little gets all of it, the rest get equal parts.
/// (Max-min fairness; Bertsekas and Gallager, "Data Networks", §6.5.2.)
enum FairShare {
    /// The most that any one gets, so that all together get no more than `total`; nil: there is enough for everybody.
    static func level(_ wanted: [Int], total: Int) -> Int? {
        if wanted.reduce(0, { $0.addingSaturated($1) }) <= total { return nil }
        var left = max(0, total)
        let ordered = wanted.sorted()
        for (index, one) in ordered.enumerated() {
            let part = left / (ordered.count - index)
            if one > part { return part }
            left -= one
        }
        return nil
    }
}
