import HTTP
import Platform
import YAML

/// How to reach one API server, and as whom: a kubeconfig's context resolved, or a pod's own account.
package struct ClusterConnection: Sendable, Equatable {
    package enum Credential: Sendable, Equatable {
        case none
        case token(String)
        /// Read again every minute: projected tokens are replaced before they expire.
        case tokenFile(String)
        case basic(user: String, password: String)
        case plugin(ExecPlugin)
    }

    package struct Impersonation: Sendable, Equatable {
        package var user = ""
        var uid = ""
        package var groups: [String] = []
        var extra: [String: [String]] = [:]

        /// Headers of kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation.
        var headers: [(name: String, value: String)] {
            if user.isEmpty { return [] }
            var headers = [(name: "Impersonate-User", value: user)]
            if !uid.isEmpty { headers.append(("Impersonate-Uid", uid)) }
            headers += groups.map { ("Impersonate-Group", $0) }
            for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
                headers += values.map { ("Impersonate-Extra-\(Self.escaped(key))", $0) }
            }
            return headers
        }

        package init(user: String = "", uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
            self.user = user
            self.uid = uid
            self.groups = groups
            self.extra = extra
        }

        /// Header names hold no other characters (RFC 9110 §5.6.2); the rest is percent-encoded, as client-go does.
        private static func escaped(_ key: String) -> String {
            key.lowercased().utf8.map { byte in
                let isToken =
                    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "!#$&'*+-.^_`|~".utf8.contains(byte)
                let hex = String(byte, radix: 16, uppercase: true)
                return isToken ? String(UnicodeScalar(byte)) : "%" + (hex.count == 1 ? "0" + hex : hex)
            }.joined()
        }
    }

    /// `https://host:port`, perhaps with a path, without a slash at its end.
    package var server: String
    var tls = HTTPRequest.TLS()
    var proxy: String?
    package var credential = Credential.none
    package var impersonation = Impersonation()
    /// The context's namespace; `default` where it names none.
    package var namespace = "default"
    /// For people: the context, or `in-cluster`.
    package var name: String
    /// The client certificate that a kubeconfig shows, for its end: PEM.
    package var clientCertificate: [UInt8]? { tls.clientCertificatePEM }
}
