import Foundation
import HTTP
import Platform
package import YAML

/// Kubeconfig files as client-go reads and merges them (k8s.io/client-go/tools/clientcmd, `ClientConfigLoadingRules`).
///
/// Of several files the first that names a cluster, user, context or current context wins. Paths in a file are
/// relative to that file. Unknown fields are passed over.
package struct Kubeconfig: Sendable {
    /// An entry of `clusters`, `users` or `contexts`, with the file it stands in.
    package struct Entry: Sendable {
        var node: Node
        var file: String

        func text(_ key: String) -> String? { node[key]?.plainText }

        func error(_ key: String, _ message: String) -> KubeconfigError {
            KubeconfigError(file, (node[key] ?? node).mark, message)
        }

        /// A path of this file, made absolute.
        func path(_ key: String) -> String? {
            guard let text = text(key), !text.isEmpty else { return nil }
            return absolute(text)
        }

        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : URL(filePath: path, relativeTo: URL(filePath: file)).path
        }

        /// Inline base64 data, else the content of a named file.
        func pem(data: String, file path: String) throws(KubeconfigError) -> [UInt8]? {
            if let text = text(data), !text.isEmpty {
                guard let decoded = Data(base64Encoded: text.filter { !$0.isWhitespace }) else {
                    throw error(data, "\(data) is not base64")
                }
                return [UInt8](decoded)
            }
            guard let name = self.path(path) else { return nil }
            do throws(SystemError) { return try Files.read(name) } catch {
                throw self.error(path, "\(path): \(error)")
            }
        }
    }

    /// What flags say over the files, named as kubectl names them.
    package struct Overrides: Sendable, Equatable {
        package var context: String?
        package var cluster: String?
        package var user: String?
        package var server: String?
        package var token: String?
        package var asUser: String?
        package var asGroups: [String] = []
        package var namespace: String?
        package var certificateAuthority: String?
        package var skipsTLSVerify = false

        package init(
            context: String? = nil, cluster: String? = nil, user: String? = nil, server: String? = nil,
            token: String? = nil, asUser: String? = nil, asGroups: [String] = [], namespace: String? = nil,
            certificateAuthority: String? = nil, skipsTLSVerify: Bool = false
        ) {
            self.context = context
            self.cluster = cluster
            self.user = user
            self.server = server
            self.token = token
            self.asUser = asUser
            self.asGroups = asGroups
            self.namespace = namespace
            self.certificateAuthority = certificateAuthority
            self.skipsTLSVerify = skipsTLSVerify
        }
    }

    private(set) var clusters: [String: Entry] = [:]
    private(set) var users: [String: Entry] = [:]
    package private(set) var contexts: [String: Entry] = [:]
    private(set) var currentContext = ""
    private(set) var files: [String] = []

    /// The files that count: the one of `--kubeconfig` alone, else those of `$KUBECONFIG`, else `~/.kube/config`.
    static func paths(explicit: String?, environment: [String: String]) -> (paths: [String], mustExist: Bool) {
        if let explicit { return ([explicit], true) }
        let list = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !list.isEmpty { return (list, false) }
        return (environment["HOME"].map { ["\($0)/.kube/config"] } ?? [], false)
    }

    package static func load(explicit: String?, environment: [String: String]) throws(KubeconfigError) -> Kubeconfig {
        let (paths, mustExist) = paths(explicit: explicit, environment: environment)
        var merged = Kubeconfig()
        for path in paths {
            let text: [UInt8]
            do throws(SystemError) {
                text = try Files.read(path)
            } catch {
                if error.isMissing && !mustExist { continue }
                throw KubeconfigError("The kubeconfig cannot be read: \(error)")
            }
            try merged.add(text, file: URL(filePath: path).path)
        }
        return merged
    }

    /// Adds what a further file says; earlier files win.
    mutating func add(_ text: [UInt8], file: String) throws(KubeconfigError) {
        let root: Node?
        do throws(DocumentProblem) { root = try YAMLReader.read(text) } catch {
            throw KubeconfigError(file, error.mark, error.message)
        }
        files.append(file)
        guard let root else { return }
        guard root.pairs != nil else { throw KubeconfigError(file, root.mark, "a kubeconfig is a mapping") }
        try Self.collect(root, "clusters", "cluster", file, into: &clusters)
        try Self.collect(root, "users", "user", file, into: &users)
        try Self.collect(root, "contexts", "context", file, into: &contexts)
        if currentContext.isEmpty { currentContext = root["current-context"]?.plainText ?? "" }
    }

    private static func collect(
        _ root: Node, _ list: String, _ member: String, _ file: String, into all: inout [String: Entry]
    ) throws(KubeconfigError) {
        guard let node = root[list], node.value != .null else { return }
        guard let items = node.items else { throw KubeconfigError(file, node.mark, "\(list) must be a list") }
        for item in items {
            guard let name = item["name"]?.plainText else {
                throw KubeconfigError(file, item.mark, "an entry of \(list) has no name")
            }
            let content = item[member] ?? Node(.mapping([]), mark: item.mark)
            if all[name] == nil { all[name] = Entry(node: content, file: file) }
        }
    }

    package var isEmpty: Bool { clusters.isEmpty && contexts.isEmpty }

    /// The connection of a context, or of the current one, with what flags say over it.
    package func connection(_ flags: Overrides) throws(KubeconfigError) -> ClusterConnection {
        let name = flags.context ?? currentContext
        var context: Entry?
        if !name.isEmpty {
            context = contexts[name]
            if context == nil { throw unknown("context", name, Array(contexts.keys)) }
        }
        let clusterName = flags.cluster ?? context?.text("cluster") ?? ""
        let userName = flags.user ?? context?.text("user") ?? ""
        var connection: ClusterConnection
        if let cluster = clusters[clusterName] {
            connection = try Self.connection(cluster, server: flags.server, name: name.isEmpty ? clusterName : name)
        } else if let server = flags.server, clusterName.isEmpty {
            connection = ClusterConnection(server: Self.trimmed(server), name: server)
        } else if clusterName.isEmpty {
            throw KubeconfigError(
                "No cluster is selected: the kubeconfig has no current context. Name one with --context, or a server with --server."
            )
        } else {
            throw unknown("cluster", clusterName, Array(clusters.keys))
        }
        if let file = flags.certificateAuthority {
            do throws(SystemError) { connection.tls.certificateAuthorityPEM = try Files.read(file) } catch {
                throw KubeconfigError("--certificate-authority: \(error)")
            }
        }
        if flags.skipsTLSVerify { connection.tls.verifiesPeer = false }
        if let user = users[userName] {
            try Self.authenticate(&connection, user, cluster: clusters[clusterName])
        } else if !userName.isEmpty {
            throw unknown("user", userName, Array(users.keys))
        }
        if let token = flags.token { connection.credential = .token(token) }
        if let user = flags.asUser {
            connection.impersonation = .init(user: user, groups: flags.asGroups)
        } else if !flags.asGroups.isEmpty {
            throw KubeconfigError("--as-group needs --as.")
        }
        if let namespace = flags.namespace ?? context?.text("namespace"), !namespace.isEmpty {
            connection.namespace = namespace
        }
        return connection
    }

    private func unknown(_ what: String, _ name: String, _ known: [String]) -> KubeconfigError {
        let guess = Suggestion.nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        let list = known.isEmpty ? "there is none" : "there are: \(known.sorted().prefix(20).joined(separator: ", "))"
        return KubeconfigError(
            "No \(what) is named '\(name)' in \(files.isEmpty ? "any kubeconfig" : files.joined(separator: ", ")); \(list)\(guess)"
        )
    }

    private static func trimmed(_ server: String) -> String {
        var server = server.contains("://") ? server : "https://" + server
        while server.hasSuffix("/") { server.removeLast() }
        return server
    }

    private static func connection(
        _ cluster: Entry, server: String?, name: String
    ) throws(KubeconfigError) -> ClusterConnection {
        guard let address = server ?? cluster.text("server"), !address.isEmpty else {
            throw KubeconfigError(cluster.file, cluster.node.mark, "this cluster has no server")
        }
        var connection = ClusterConnection(server: trimmed(address), name: name)
        connection.tls.certificateAuthorityPEM = try cluster.pem(
            data: "certificate-authority-data", file: "certificate-authority")
        if cluster.node["insecure-skip-tls-verify"]?.value == .bool(true) {
            if connection.tls.certificateAuthorityPEM != nil {
                throw cluster.error(
                    "insecure-skip-tls-verify",
                    "insecure-skip-tls-verify and a certificate authority exclude each other")
            }
            connection.tls.verifiesPeer = false
        }
        connection.tls.serverName = cluster.text("tls-server-name").flatMap { $0.isEmpty ? nil : $0 }
        if let proxy = cluster.text("proxy-url"), !proxy.isEmpty {
            guard ["http://", "https://", "socks5://"].contains(where: { proxy.hasPrefix($0) }) else {
                throw cluster.error("proxy-url", "proxy-url must begin with http://, https:// or socks5://")
            }
            connection.proxy = proxy
        }
        return connection
    }

    private static func authenticate(
        _ connection: inout ClusterConnection, _ user: Entry, cluster: Entry?
    ) throws(KubeconfigError) {
        connection.tls.clientCertificatePEM = try user.pem(data: "client-certificate-data", file: "client-certificate")
        connection.tls.clientKeyPEM = try user.pem(data: "client-key-data", file: "client-key")
        if (connection.tls.clientCertificatePEM == nil) != (connection.tls.clientKeyPEM == nil) {
            throw KubeconfigError(
                user.file, user.node.mark, "a client certificate and its key are needed together; one is missing")
        }
        if let path = user.path("tokenFile") {
            connection.credential = .tokenFile(path)
        } else if let token = user.text("token"), !token.isEmpty {
            connection.credential = .token(token)
        } else if let name = user.text("username"), !name.isEmpty {
            connection.credential = .basic(user: name, password: user.text("password") ?? "")
        } else if let exec = user.node["exec"], exec.value != .null {
            connection.credential = .plugin(try plugin(exec, user, cluster))
        } else if let provider = user.node["auth-provider"], provider.value != .null {
            throw KubeconfigError(
                user.file, provider.mark,
                "auth-provider was removed from Kubernetes in 1.26; use the provider's exec plug-in")
        }
        if let name = user.text("as"), !name.isEmpty {
            connection.impersonation = .init(
                user: name, uid: user.text("as-uid") ?? "",
                groups: user.node["as-groups"]?.items?.compactMap(\.plainText) ?? [],
                extra: Dictionary(
                    (user.node["as-user-extra"]?.pairs ?? []).map {
                        ($0.key, $0.value.items?.compactMap(\.plainText) ?? [])
                    }, uniquingKeysWith: { _, last in last }))
        }
    }

    private static func plugin(_ exec: Node, _ user: Entry, _ cluster: Entry?) throws(KubeconfigError) -> ExecPlugin {
        let entry = Entry(node: exec, file: user.file)
        let version = entry.text("apiVersion") ?? ""
        guard ExecPlugin.apiVersions.contains(version) else {
            throw entry.error(
                "apiVersion",
                "exec plug-ins of apiVersion '\(version)' are not supported; \(ExecPlugin.apiVersions.joined(separator: " and ")) are"
            )
        }
        guard var command = entry.text("command"), !command.isEmpty else {
            throw entry.error("command", "exec has no command")
        }
        if command.contains("/") { command = entry.absolute(command) }
        var environment: [String: String] = [:]
        for item in exec["env"]?.items ?? [] {
            if let name = item["name"]?.plainText { environment[name] = item["value"]?.plainText ?? "" }
        }
        var info: String?
        if exec["provideClusterInfo"]?.value == .bool(true), let cluster {
            var members = ["\"server\":\(jsonText(cluster.text("server") ?? ""))"]
            if let data = try cluster.pem(data: "certificate-authority-data", file: "certificate-authority") {
                members.append("\"certificate-authority-data\":\(jsonText(Data(data).base64EncodedString()))")
            }
            if let name = cluster.text("tls-server-name") { members.append("\"tls-server-name\":\(jsonText(name))") }
            info = "{\(members.joined(separator: ","))}"
        }
        return ExecPlugin(
            apiVersion: version, command: command,
            arguments: exec["args"]?.items?.compactMap(\.plainText) ?? [], environment: environment,
            installHint: entry.text("installHint") ?? "", clusterInfo: info)
    }

    private static func jsonText(_ text: String) -> String {
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

extension Node {
    /// A scalar as the text that was meant, numbers and booleans too: `token: 12345` is a text to kubectl.
    package var plainText: String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .null, .sequence, .mapping: nil
        }
    }
}
