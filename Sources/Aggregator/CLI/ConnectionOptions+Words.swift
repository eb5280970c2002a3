import Foundation
import Platform

/// A command line as it was typed, for the commands that are printed.
enum TypedWords {
    /// This program as it was called: `ke`, `./ke-aggregator`; as a plug-in `kubectl ke`.
    /// - Parameter argument: the first argument of `main`.
    static func program(_ argument: String?) -> String {
        guard let argument, let name = argument.split(separator: "/").last else { return Names.aggregator }
        if name == "kubectl-ke" || name == "kubectl_ke" { return "kubectl ke" }
        return ShellWord.quoted(argument)
    }

    /// `--context prod --insecure-skip-tls-verify`, quoted for a shell.
    static func flags(_ values: [(name: String, value: String?)]) -> String {
        values.compactMap { flag in flag.value.map { "--\(flag.name) \(ShellWord.quoted($0))" } }.joined(separator: " ")
    }
}

extension ConnectionOptions {
    /// The flags that name the cluster and who asks, as they were given, for this program and for kubectl. A token is a
    /// secret and is not among them.
    var words: String {
        var words = TypedWords.flags(
            [
                ("kubeconfig", kubeconfig), ("context", context), ("cluster", cluster), ("user", user),
                ("server", server), ("certificate-authority", certificateAuthority), ("as", asUser),
            ] + asGroups.map { ("as-group", $0) })
        if insecureSkipTlsVerify { words += "\(words.isEmpty ? "" : " ")--insecure-skip-tls-verify" }
        return words
    }
}
