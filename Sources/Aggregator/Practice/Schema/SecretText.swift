import Foundation
import Regex

/// Whether a text that stands under a name is a secret written out, judged by its shape and by what the name promises.
///
/// A name alone says little: half of those with `secret`, `token` or `credential` hold the name of a Secret, a path, a
/// URL, a flag or a limit. So texts that cannot be a secret are none under any name; under a name that promises
/// something else (`…_FILE`, `…_URL`) only what has a token's form or the entropy of a key is one; under all other
/// names of secrets any other text is.
struct SecretText {
    /// Longer texts are judged by this much of them.
    static let bytesMax = 64 << 10
    /// Shorter texts have no entropy to speak of.
    private static let randomCharactersMin = 16

    /// Tokens whose issuers gave them a form, private keys, and URLs with a password
    /// (docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github,
    /// docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, docs.gitlab.com/security/tokens,
    /// api.slack.com/authentication/token-types, docs.stripe.com/keys, RFC 7519, RFC 7468).
    private static let shapes = LazyRegex(
        [
            "-BEGIN ([A-Z0-9]+ )*PRIVATE KEY", #"\b(AKIA|ASIA)[A-Z0-9]{16}\b"#, #"\bgh[opusr]_[A-Za-z0-9]{36}"#,
            "github_pat_[A-Za-z0-9_]{22}", #"\bglpat-[A-Za-z0-9_-]{20}"#, #"\bxox[abeoprs]-[A-Za-z0-9-]{10}"#,
            #"\b[sr]k_live_[A-Za-z0-9]{16}"#, #"\bsk-[A-Za-z0-9_-]{32}"#, #"\bAIza[A-Za-z0-9_-]{35}"#,
            #"\bnpm_[A-Za-z0-9]{36}"#, #"\bdop_v1_[a-f0-9]{64}"#, #"\bhvs\.[A-Za-z0-9_-]{24}"#,
            #"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"#, "AGE-SECRET-KEY-1[A-Z0-9]{58}",
            #"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16}"#, "AccountKey=[A-Za-z0-9+/]{40}",
            #"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"#,
        ].joined(separator: "|"))
    /// One line that is a URL with a user and a password; what the password is, decides.
    private static let login = LazyRegex(#"^[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@"#)

    private static let names = LazyRegex(
        "(?i)(passw|passphrase|token|bearer|secret|credential|api_?key|access_?key|private_?key|account_?key"
            + "|storage_?key|batch_?key|signing_?key|key_content|keyfile"
            + #"|^(azure|oci|gcp|google|gcloud|aliyun|alicloud|tencentcloud)_(\w*_)?key$)"#)

    /// Last words of names that promise something else than the secret itself.
    private static let otherWords: Set<String> = [
        "name", "names", "ref", "refs", "reference", "file", "files", "filename", "keyfile", "path", "paths", "dir",
        "directory", "folder", "mount", "volume", "url", "urls", "uri", "endpoint", "endpoints", "host", "hostname",
        "server", "port", "address", "addr", "domain", "ttl", "expiry", "expiration", "expires", "expire", "timeout",
        "duration", "lifetime", "age", "interval", "period", "length", "size", "count", "limit", "limits", "max", "min",
        "enabled", "disabled", "enable", "disable", "required", "allowed", "policy", "type", "types", "kind", "mode",
        "method", "provider", "backend", "store", "storage", "class", "namespace", "namespaces", "version", "format",
        "prefix", "suffix", "header", "headers", "field", "env", "var", "variable", "user", "username", "login",
        "email", "label", "annotation", "issuer", "audience", "realm", "scope", "scopes", "algorithm", "alg", "hash",
        "template", "message", "hint", "prompt", "script", "command", "cmd", "image", "role", "region", "id", "ids",
        "index", "level", "regex", "pattern", "encoding", "generator", "source", "location", "rotation", "refresh",
        "schema", "claim", "claims", "list", "operator", "controller", "manager", "review", "reviews", "arn",
    ]
    /// Of these, the ones under which random text names something.
    private static let identifyingWords: Set<String> = ["id", "ids", "hash", "version", "arn", "image", "index"]
    /// Last words under which a name of a Secret stands as often as a secret.
    private static let eitherWords: Set<String> = ["secret", "secrets", "credential", "credentials", "creds"]
    /// Words before those that decide for the secret itself.
    private static let ownWords: Set<String> = [
        "client", "app", "jwt", "session", "cookie", "shared", "api", "auth", "oauth", "oauth2", "hmac", "signing",
        "encryption", "access", "consumer", "master", "admin", "root", "user", "login",
    ]
    private static let words: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "~", "enabled", "disabled", "enable",
        "disable", "default", "auto", "always", "never", "required", "optional", "basic", "plain", "todo", "n/a",
    ]
    /// `$(NAME)`, `${NAME}`, `$NAME`, `{{ … }}`, `%NAME%`, `<…>`, `[REDACTED]`, `***`, and what other stores resolve.
    private static let references = LazyRegex(
        #"^(\$\(.+\)|\$\{.+\}|\$[A-Za-z_]\w*|\{\{.*\}\}|\{[A-Z_]+\}|%[A-Z_]+%|<[^<>]+>|\[[A-Za-z_ -]+\]|\*+|\.\.\.)$"#
            + "|^(vault:|ref\\+|op://|secret://|secretref:|file:|env:|arn:aws|akv:|awssm|gcpsm|sm://|kms:|ENC\\[)"
            + "|^projects/.+/secrets/|\\$\\{\\{|\\$\\([A-Za-z_]\\w*\\)|\\$\\{[A-Za-z_]\\w*(:?[-?+][^}]*)?\\}|\\{\\{")
    private static let url = LazyRegex(#"^[A-Za-z][A-Za-z0-9+.-]*://[^\s]*$"#)
    private static let host = LazyRegex(#"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(:[0-9]+)?(/[\w./-]*)?$"#)
    private static let address = LazyRegex(#"^[\w.+-]+@[\w-]+(\.[\w-]+)+$"#)
    private static let file = LazyRegex(
        #"(?i)^[\w./ -]+\.(json|ya?ml|pem|crt|cer|key|pub|txt|env|cfg|conf|ini|toml|properties|jks|p12|pfx|sock|html?|tpl)$"#
    )
    private static let path = LazyRegex(#"^(/|\./|\.\./|~/|[A-Za-z]:[\\/])[\w.@ \\/-]*$"#)
    private static let number = LazyRegex(
        #"^[+-]?[0-9]+(\.[0-9]+)?\s*(ns|us|ms|s|m|h|d|w|y|min|sec|[KMGTPE]i?B?|B|%)?$|^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+$"#
    )
    private static let digits = LazyRegex("^[0-9]{4,}$")
    private static let variable = LazyRegex("^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")
    private static let object = LazyRegex(#"^[a-z][a-z0-9]*([-./][a-z0-9]+)+$"#)
    private static let member = LazyRegex(#"^["']?([\w.-]+)["']?\s*[:=]\s*(.*)$"#)

    static func isNameOfSecret(_ name: String) -> Bool { names.matches(name) }

    /// - Parameter name: the variable, or the key of a ConfigMap.
    static func isSecret(_ text: String, under name: String) -> Bool {
        let value = trimmed(text.utf8.count > bytesMax ? String(text.prefix(bytesMax)) : text)
        if value.isEmpty { return false }
        if shapes.matches(value) || holdsPassword(value) { return true }
        guard isNameOfSecret(name) else { return false }
        if isDocument(value) { return holdsSecret(document: value) }
        return isSecret(value: value, words: split(name))
    }

    private static func isSecret(value: String, words: [String]) -> Bool {
        if self.words.contains(value.lowercased()) || references.matches(value) || address.matches(value) {
            return false
        }
        let last = words.last ?? "", isOther = otherWords.contains(last)
        if number.matches(value) { return !isOther && digits.matches(value) && !isCount(words) }
        if isOther, !words.suffix(2).elementsEqual(["secret", "id"]) {
            if isAccessKey(words) { return !variable.matches(value) }
            return !identifyingWords.contains(last) && isRandom(value) && !url.matches(value)
        }
        if isRandom(value) { return !url.matches(value) }
        if url.matches(value) || host.matches(value) || path.matches(value) || file.matches(value)
            || variable.matches(value)
        {
            return false
        }
        // `tls-secret: web-tls` names a Secret, `client-secret: …` is one.
        if eitherWords.contains(last), object.matches(value) {
            return words.dropLast().last.map { ownWords.contains($0) } ?? false
        }
        return true
    }

    /// `MAX_TOKENS`, `tokens_per_minute`.
    private static func isCount(_ words: [String]) -> Bool {
        words.contains("tokens") || !Set(words).isDisjoint(with: ["max", "min", "num", "number", "total", "per"])
    }

    /// `AWS_ACCESS_KEY_ID` goes by the pair.
    private static func isAccessKey(_ words: [String]) -> Bool { words.suffix(3) == ["access", "key", "id"] }

    /// A URL with a literal password.
    private static func holdsPassword(_ value: String) -> Bool {
        guard login.matches(value), let scheme = value.firstRange(of: "://") else { return false }
        let authority = value[scheme.upperBound...].prefix { $0 != "/" }
        guard let end = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":") else { return false }
        let password = String(authority[authority.index(after: colon)..<end])
        return !password.isEmpty && !references.matches(password) && !words.contains(password.lowercased())
    }

    // MARK: Documents

    /// A file of its own, or a mapping: what is in it decides.
    private static func isDocument(_ value: String) -> Bool {
        value.contains("\n") || value.hasPrefix("{") && value.hasSuffix("}") && !references.matches(value)
            || value.hasPrefix("[") && value.hasSuffix("]") || value.hasPrefix("- ")
    }

    /// A line of it is `password: …` with a literal.
    private static func holdsSecret(document: String) -> Bool {
        var hasMembers = false
        for line in document.split(whereSeparator: { $0 == "\n" || $0 == "," || $0 == "{" || $0 == "}" }) {
            let line = trimmed(String(line.drop { $0 == " " || $0 == "-" || $0 == "\t" }))
            if line.isEmpty || line.hasPrefix("#") { continue }
            let bytes = Array(line.utf8)
            guard let groups = member.compiled?.firstMatch(in: bytes.span), groups.count > 2, let key = groups[1] else {
                continue
            }
            hasMembers = true
            let name = String(decoding: bytes[key], as: UTF8.self)
            let value = trimmed(groups[2].map { String(decoding: bytes[$0], as: UTF8.self) } ?? "", quotes: true)
            if !value.isEmpty, isNameOfSecret(name), isSecret(value: value, words: split(name)) { return true }
        }
        // Lines of nothing but key material.
        return !hasMembers && document.split(separator: "\n").contains { isRandom(trimmed(String($0))) }
    }

    // MARK: Texts

    /// `gcsCredentialFileName` and `GCS_CREDENTIAL-FILE.name` in words.
    static func split(_ name: String) -> [String] {
        var words: [String] = [], word = ""
        var last: Character = "_"
        for character in name {
            if !character.isLetter && !character.isNumber {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                if character.isUppercase, last.isLowercase, !word.isEmpty {
                    words.append(word)
                    word = ""
                }
                word += character.lowercased()
            }
            last = character
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    private static func trimmed(_ text: String, quotes: Bool = false) -> String {
        func isDropped(_ character: Character) -> Bool {
            character.isWhitespace || quotes && (character == "\"" || character == "'")
        }
        var rest = text[...]
        while let first = rest.first, isDropped(first) { rest.removeFirst() }
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return String(rest)
    }

    /// One word with the entropy of a key: hexadecimal, or letters of both cases and digits without a pattern.
    static func isRandom(_ value: String) -> Bool {
        let pieces = value.split { "/._-".contains($0) }
        // Paths and hyphenated names are made of words; a key has a piece that is none.
        if path.matches(value) { return pieces.contains { isDense(String($0)) } }
        return isDense(value)
            && (isHexadecimal(value) || pieces.contains { $0.utf8.count >= randomCharactersMin || !isWord($0) })
    }

    /// Letters alone or digits alone.
    private static func isWord(_ piece: Substring) -> Bool {
        piece.allSatisfy(\.isNumber) || piece.allSatisfy(\.isLetter)
    }

    private static func isHexadecimal(_ value: String) -> Bool { value.allSatisfy { $0.isHexDigit || $0 == "-" } }

    private static func isDense(_ value: String) -> Bool {
        var counts: [UInt8: Int] = [:]
        var hasUpper = false, hasLower = false, hasDigit = false
        var total = 0
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: "a")...UInt8(ascii: "z"): hasLower = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): hasUpper = true
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                break
            default: return false
            }
            counts[byte, default: 0] += 1
            total += 1
        }
        guard total >= randomCharactersMin, hasDigit, hasUpper || hasLower else { return false }
        let entropy = counts.values.reduce(0.0) { sum, count in
            let share = Double(count) / Double(total)
            return sum - share * log2(share)
        }
        if isHexadecimal(value) { return entropy >= 2.8 }
        return hasUpper && hasLower && entropy >= 3.5
    }
}
