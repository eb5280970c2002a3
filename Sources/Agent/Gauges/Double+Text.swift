extension Double {
    /// One decimal, for messages.
    var tenths: String { "\((self * 10).rounded() / 10)" }
    /// `3.1Gi`.
    var binaryBytes: String {
        let units = [("Ti", 1_099_511_627_776.0), ("Gi", 1_073_741_824), ("Mi", 1_048_576), ("Ki", 1024)]
        for (name, size) in units where self >= size { return (self / size).tenths + name }
        return "\(Int(self))"
    }
}
