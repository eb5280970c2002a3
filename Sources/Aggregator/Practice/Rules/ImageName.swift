/// A container image's name, normalised as runtimes do: `nginx` is `docker.io/library/nginx`
/// (github.com/distribution/reference, normalize.go).
struct ImageName: Equatable {
    let text: String

    init(_ image: String) {
        let parts = image.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let isDomain = parts.count == 2 && (parts[0].contains { $0 == "." || $0 == ":" } || parts[0] == "localhost")
        if isDomain {
            // `index.docker.io/x` is the same place under its old name.
            let host = parts[0] == "index.docker.io" ? "docker.io" : parts[0]
            text =
                host == "docker.io" && !parts[1].contains("/") ? "docker.io/library/\(parts[1])" : "\(host)/\(parts[1])"
        } else {
            text = parts.count == 2 ? "docker.io/\(image)" : "docker.io/library/\(image)"
        }
    }

    /// Whether it lies at or below one of some places; a prefix ends at `/`, `:` or `@`, so that `reg.local` does not
    /// allow `reg.local.evil.io`.
    func isFrom(_ prefixes: [String]) -> Bool {
        prefixes.contains { prefix in
            let prefix = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
            guard text.hasPrefix(prefix) else { return false }
            let next = text.dropFirst(prefix.count).first
            return next == nil || next == "/" || next == "@" || next == ":" && prefix.contains("/")
        }
    }
}
