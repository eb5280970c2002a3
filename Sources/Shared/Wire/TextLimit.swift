/// How long one text of a value may be.
struct TextLimit<Root>: Sendable {
    let name: String
    let bytesMax: Int
    let path: any WritableKeyPath<Root, String> & Sendable

    init(_ name: String, _ path: any WritableKeyPath<Root, String> & Sendable, _ bytesMax: Int) {
        self.name = name
        self.path = path
        self.bytesMax = bytesMax
    }

    /// The first text that is too long, or nil.
    static func problem(of value: Root, _ limits: [TextLimit]) -> String? {
        for limit in limits {
            if let problem = WireLimits.problem(limit.name, value[keyPath: limit.path], bytesMax: limit.bytesMax) {
                return problem
            }
        }
        return nil
    }

    /// Cuts what is too long.
    static func fit(_ value: inout Root, _ limits: [TextLimit]) {
        for limit in limits where value[keyPath: limit.path].utf8.count > limit.bytesMax {
            WireLimits.fit(&value[keyPath: limit.path], bytesMax: limit.bytesMax)
        }
    }
}
