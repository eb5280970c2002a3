import Platform

extension WhyReader {
    /// What a timeline is about.
    package enum Target: Equatable, Sendable {
        case node(String)
        case pod(String)
        case deployment(String)
        /// Another object that a row can name; the kind in lower case.
        case object(kind: String, name: String)
        /// An incident, or the one that a finding belongs to.
        case incident(String)

        /// Names of the API's objects have at most 253 bytes (RFC 1123).
        package static let nameBytesMax = 253
        private static let kindBytesMax = 63
        private static let idBytes = 16

        /// - Parameter kind: as kubectl takes it, `deploy`, or `incident`; nil is returned for what is no kind, and for
        ///   what is no name.
        package init?(kind: String, name: String) {
            let known = KindNames.named(kind)?.name ?? kind.lowercased()
            switch known {
            case "incident":
                guard Self.isID(name) else { return nil }
                self = .incident(name.lowercased())
            // Nothing is told of what holds secrets.
            case "secret", "secrets": return nil
            case "node", "pod", "deployment":
                guard Self.isName(name) else { return nil }
                self = known == "node" ? .node(name) : known == "pod" ? .pod(name) : .deployment(name)
            default:
                let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789.-".utf8)
                guard !known.isEmpty, known.utf8.count <= Self.kindBytesMax, known.utf8.allSatisfy(letters.contains),
                    Self.isAnyName(name)
                else { return nil }
                self = .object(kind: known, name: name)
            }
        }

        package static func isName(_ text: String) -> Bool {
            let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-.".utf8)
            return !text.isEmpty && text.utf8.count <= nameBytesMax && ![".", ".."].contains(text)
                && text.utf8.allSatisfy(allowed.contains)
        }

        /// Roles and what is not of the API have names of other characters too (path segment names).
        private static func isAnyName(_ text: String) -> Bool {
            !text.isEmpty && text.utf8.count <= nameBytesMax && ![".", ".."].contains(text)
                && text.unicodeScalars.allSatisfy {
                    $0.isASCII && (0x21..<0x7F).contains($0.value) && !"/%?#".unicodeScalars.contains($0)
                }
        }

        package static func isID(_ text: String) -> Bool {
            text.utf8.count == idBytes && text.allSatisfy { $0.isASCII && $0.isHexDigit }
        }

        /// As `init(kind:name:)` takes them.
        package var parts: (kind: String, name: String) {
            switch self {
            case .node(let name): ("node", name)
            case .pod(let name): ("pod", name)
            case .deployment(let name): ("deployment", name)
            case .object(let kind, let name): (kind, name)
            case .incident(let id): ("incident", id)
            }
        }
    }
}

/// What `why` is asked for, in the forms in which people and reports name objects.
package struct WhyWords: Equatable, Sendable {
    package struct Problem: Error, Equatable, Sendable {
        package let message: String
    }

    package let target: WhyReader.Target
    /// nil: none is named.
    package let namespace: String?

    /// - Parameter words: `node n1`, `node/n1`, `deploy/web`, `shop/deploy/web`, `deploy/shop/web`, `deploy shop/web`,
    ///   or the id of an incident or finding.
    package init(_ words: [String]) throws(Problem) {
        let shown = TextSafety.cut(TextSafety.printable(words.joined(separator: " ")), bytesMax: 200)
        let forms = "Name an object as KIND/NAME, NAMESPACE/KIND/NAME or KIND NAME, or an incident by its id."
        let parts = words.flatMap { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        guard !parts.contains(""), (1...3).contains(parts.count), words.count <= 2 else {
            throw Problem(message: "'\(shown)' is not a valid object. \(forms)")
        }
        var kind = "", name = "", namespace: String?
        switch parts.count {
        case 1:
            // An event's row carries the id behind its name.
            let id = parts[0].split(separator: ".").last.map(String.init) ?? ""
            guard WhyReader.Target.isID(id) else { throw Problem(message: "'\(shown)' names no kind. \(forms)") }
            (kind, name) = ("incident", id)
        case 2: (kind, name) = (parts[0], parts[1])
        default:
            let isFirst = KindNames.named(parts[0]) != nil
            // Reports print KIND/NAMESPACE/NAME.
            let isSecond = !isFirst && KindNames.named(parts[1]) != nil && words.count == 1
            (namespace, kind, name) = isSecond ? (parts[0], parts[1], parts[2]) : (parts[1], parts[0], parts[2])
        }
        guard let target = WhyReader.Target(kind: kind, name: name) else {
            throw Problem(
                message: "'\(TextSafety.printable(name))' is not a valid name of a \(TextSafety.printable(kind)).")
        }
        // Events are about kinds that only their cluster knows.
        if case .object(let kind, _) = target, KindNames.named(kind) == nil,
            let near = Suggestion.nearest(to: kind, among: KindNames.names)
        {
            throw Problem(message: "'\(kind)' is not a valid kind. Did you mean '\(near)'? \(forms)")
        }
        if let namespace, !WhyReader.Target.isName(namespace) {
            throw Problem(message: "'\(TextSafety.printable(namespace))' is not a valid namespace.")
        }
        self.target = target
        self.namespace = namespace
    }
}
