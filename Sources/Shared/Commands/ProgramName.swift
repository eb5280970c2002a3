/// What somebody typed to start the program: help and hints name that.
package enum ProgramName {
    /// - Parameters:
    ///   - path: the first word of the command line; kubectl starts its plug-in `ke` as `kubectl-ke`.
    ///   - known: names under which the program is installed.
    ///   - standard: where it was started under another one.
    package static func typed(_ path: String?, known: [String], standard: String) -> String {
        let name = path?.split(separator: "/").last.map(String.init) ?? standard
        if name == "kubectl-ke" || name == "kubectl_ke" { return "kubectl ke" }
        return known.contains(name) ? name : standard
    }
}
