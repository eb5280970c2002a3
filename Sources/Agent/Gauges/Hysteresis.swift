/// A value that must stay over its limit before it counts, and clears only well below it.
struct Hysteresis: Sendable {
    private var overCount = 0
    private(set) var isFiring = false

    /// - Parameters:
    ///   - needed: looks over the limit in a row before it fires.
    ///   - clearBelow: how far under the limit it clears.
    ///   - wasActive: it fired before this process started, so it needs no second run-up.
    /// - Returns: whether it fires now. Strictly over fires; it clears `clearBelow` under the limit.
    mutating func update(
        _ value: Double, over limit: Double, needed: Int = 1, clearBelow: Double, wasActive: Bool = false
    ) -> Bool {
        if wasActive { isFiring = true }
        if value > limit {
            overCount += 1
            if overCount >= needed { isFiring = true }
        } else {
            overCount = 0
            if value < limit - clearBelow { isFiring = false }
        }
        return isFiring
    }
}
