import Findings
import Regex

/// Which registry an image's failure is about, where it is the registry that fails and not the image that is wrong.
enum ImageTrouble {
    static let check = "PodSetImagePullBackOff"

    private static let unanswered = LazyRegex(
        #"(?i)i/o timeout|connection (?:refused|reset)|no such host|server misbehaving|timed? ?out|deadline exceeded|"#
            + #"no route to host|TLS handshake|certificate|\b50[0-4]\b|\b429\b|too ?many ?requests|unexpected EOF|lookup "#
    )
    /// A reference in quotes with a slash or a tag, as containerd, CRI-O and docker print it.
    private static let reference = LazyRegex(
        #"(?:image|reference|pulling image|pull image)s? \\*"(?P<image>[A-Za-z0-9][A-Za-z0-9._:/@-]*)\\*""#)
    private static let address = LazyRegex(#"https?://(?P<host>[A-Za-z0-9.-]+(?::\d+)?)/v2"#)

    /// nil: the image itself is wrong, or no registry is named.
    static func registry(_ finding: EvaluatedFinding) -> String? {
        guard finding.says(unanswered) else { return nil }
        for text in finding.texts {
            if let image = reference.compiled?.captures(in: text)?["image"] { return host(image) }
            if let host = address.compiled?.captures(in: text)?["host"] { return host }
        }
        return nil
    }

    /// The image that the texts name.
    static func image(of finding: EvaluatedFinding) -> String? {
        finding.texts.lazy.compactMap { reference.compiled?.captures(in: $0)?["image"] }.first
    }

    /// The part before the first slash where it is a host (distribution/reference); else Docker's registry.
    private static func host(_ image: String) -> String {
        guard let slash = image.firstIndex(of: "/") else { return "docker.io" }
        let first = String(image[..<slash])
        return first.contains(".") || first.contains(":") || first == "localhost" ? first : "docker.io"
    }
}
