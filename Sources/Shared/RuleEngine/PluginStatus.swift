/// How a plug-in ended.
package enum PluginStatus: String, Sendable, Equatable {
    case ok = "OK"
    case nonOK = "NonOK"
    case unknown = "Unknown"

    /// Exit status 0 is fine, 1 a problem, everything else says nothing.
    package init(exitStatus: Int32) { self = exitStatus == 0 ? .ok : exitStatus == 1 ? .nonOK : .unknown }
}
