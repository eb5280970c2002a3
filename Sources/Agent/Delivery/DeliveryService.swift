import ServiceLifecycle
package import Wire

/// Delivers while the agent runs, and once more at shutdown.
package struct DeliveryService: Service {
    private let deliverer: Deliverer
    private let initial: Acknowledgement?
    private let lastStoreID: String?

    /// - Parameters:
    ///   - initial: what the aggregator answered to the first hello; nil: it did not.
    ///   - lastStoreID: the store that the ledgers' positions are of.
    package init(_ deliverer: Deliverer, initial: Acknowledgement?, lastStoreID: String?) {
        self.deliverer = deliverer
        self.initial = initial
        self.lastStoreID = lastStoreID
    }

    package func run() async throws { await deliverer.run(initial: initial, lastStoreID: lastStoreID) }
}
