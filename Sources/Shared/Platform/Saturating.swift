extension FixedWidthInteger {
    /// The nearest whole number that fits: foreign numbers may be of any size, or none at all (NaN gives 0).
    package init(saturating value: Double) {
        if let exact = Self(exactly: value.rounded()) {
            self = exact
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }

    /// The sum, or the bound that it would pass.
    package func addingSaturated(_ other: Self) -> Self {
        let (sum, overflows) = addingReportingOverflow(other)
        if !overflows { return sum }
        return other < 0 ? .min : .max
    }

    /// The difference, or the bound that it would pass.
    package func subtractingSaturated(_ other: Self) -> Self {
        let (difference, overflows) = subtractingReportingOverflow(other)
        if !overflows { return difference }
        return other < 0 ? .max : .min
    }
}
