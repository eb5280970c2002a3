package import Platform

/// Where reading begins when there is no stored position.
package enum StartTime {
    /// How far a first start looks back; what is older is scanned only for what stays true until reboot.
    package static let firstLookbackSeconds = 3600.0

    /// max(boot + delay, now − lookback): node-problem-detector's rule, nothing from before this boot.
    /// A lookback of zero means now.
    package static func start(boot: Timestamp, now: Timestamp, lookbackSeconds: Double, delaySeconds: Double)
        -> Timestamp
    {
        max(boot + delaySeconds, now - lookbackSeconds)
    }
}
