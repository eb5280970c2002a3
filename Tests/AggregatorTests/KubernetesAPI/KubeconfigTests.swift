import Foundation
import TestSupport
import Testing

@testable import HTTP
@testable import KubernetesAPI

@Suite struct KubeconfigTests {
    private let folder = TestFolder()

    private func load(_ text: String, _ flags: (inout Kubeconfig.Overrides) -> Void = { _ in }) throws
        -> ClusterConnection
    {
        let path = try folder.write(text, to: "config")
        var overrides = Kubeconfig.Overrides()
        flags(&overrides)
        return try Kubeconfig.load(explicit: path, environment: [:]).connection(overrides)
    }

    private let plain = """
        apiVersion: v1
        kind: Config
        clusters:
          - name: c1
            cluster: { server: 'https://one.example:6443/', certificate-authority: ca.pem, tls-server-name: api.internal }
          - name: c2
            cluster: { server: 'https://two.example', insecure-skip-tls-verify: true, proxy-url: 'socks5://127.0.0.1:1080' }
        users:
          - name: u1
            user: { token: 12345 }
          - name: u2
            user: { client-certificate-data: Q0VSVA==, client-key-data: S0VZ, as: root, as-groups: [a, b], as-user-extra: { reason: [x] } }
          - name: u3
            user: { tokenFile: token, username: joe, password: p }
        contexts:
          - { name: one, context: { cluster: c1, user: u1, namespace: shop } }
          - { name: two, context: { cluster: c2, user: u2 } }
          - { name: three, context: { cluster: c2, user: u3 } }
        current-context: one
        """

    @Test func readsTheCurrentContext() throws {
        try folder.write("CA", to: "ca.pem")
        let one = try load(plain)
        #expect(one.server == "https://one.example:6443")
        #expect(one.namespace == "shop")
        #expect(one.name == "one")
        #expect(one.tls.certificateAuthorityPEM == Array("CA".utf8))
        #expect(one.tls.serverName == "api.internal")
        #expect(one.credential == .token("12345"))
    }

    @Test func flagsWinOverTheFile() throws {
        try folder.write("CA", to: "ca.pem")
        let two = try load(plain) { $0.context = "two" }
        #expect(two.tls.verifiesPeer == false)
        #expect(two.proxy == "socks5://127.0.0.1:1080")
        #expect(two.namespace == "default")
        #expect(two.tls.clientCertificatePEM == Array("CERT".utf8))
        #expect(two.tls.clientKeyPEM == Array("KEY".utf8))
        #expect(
            two.impersonation.headers.map { "\($0.name): \($0.value)" } == [
                "Impersonate-User: root", "Impersonate-Group: a", "Impersonate-Group: b", "Impersonate-Extra-reason: x",
            ])
        let other = try load(plain) {
            $0.user = "u1"; $0.cluster = "c2"; $0.server = "https://three.example"; $0.token = "t"; $0.asUser = "me";
            $0.namespace = "n"
        }
        #expect(other.server == "https://three.example")
        #expect(other.credential == .token("t"))
        #expect(other.namespace == "n")
        #expect(other.impersonation.user == "me")
    }

    @Test func tokenFilesAreRelativeToTheFileAndWinOverPasswords() throws {
        let three = try load(plain) { $0.context = "three" }
        #expect(three.credential == .tokenFile(folder.path + "/token"))
    }

    @Test func listsAreMergedFirstWins() throws {
        let a = try folder.write(
            "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://first'}}]",
            to: "a/config")
        let b = try folder.write(
            "current-context: b\nclusters: [{name: c, cluster: {server: 'https://second'}}]\nusers: [{name: u, user: {token: t, tokenFile: ''}}]\ncontexts: [{name: b, context: {cluster: c}}]",
            to: "b/config")
        let merged = try Kubeconfig.load(explicit: nil, environment: ["KUBECONFIG": "\(a)::/nowhere/config:\(b)"])
        #expect(merged.currentContext == "a")
        let connection = try merged.connection(.init())
        #expect(connection.server == "https://first")
        #expect(connection.credential == .token("t"))
        #expect(merged.contexts.keys.sorted() == ["a", "b"])
    }

    @Test func theExplicitFileStandsAloneAndMustBeThere() {
        #expect {
            try Kubeconfig.load(explicit: "/nowhere/config", environment: ["KUBECONFIG": "/etc/hostname"])
        } throws: {
            "\($0)".contains("/nowhere/config")
        }
        #expect(Kubeconfig.paths(explicit: nil, environment: ["HOME": "/home/x"]).paths == ["/home/x/.kube/config"])
        #expect(throws: Never.self) { try Kubeconfig.load(explicit: nil, environment: ["HOME": "/nowhere"]) }
    }

    @Test(arguments: [
        (
            "clusters: [{name: c, cluster: {}}]\ncontexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x",
            "config:1:31: this cluster has no server"
        ),
        ("clusters: {a: b}", "config:1:11: clusters must be a list"),
        ("clusters: [{cluster: {}}]", "an entry of clusters has no name"),
        ("a: [", "config:"),
        ("just text", "a kubeconfig is a mapping"),
        (
            "clusters: [{name: c, cluster: {server: s}}]\ncurrent-context: x\ncontexts: [{name: y, context: {}}]",
            "No context is named 'x'"
        ),
        (
            "clusters: [{name: cluster1, cluster: {server: s}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: cluster2}}]",
            "did you mean 'cluster1'"
        ),
        (
            "clusters: [{name: c, cluster: {server: s, certificate-authority-data: '***'}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c}}]",
            "is not base64"
        ),
        (
            "clusters: [{name: c, cluster: {server: s, certificate-authority: gone.pem}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c}}]",
            "gone.pem"
        ),
        (
            "clusters: [{name: c, cluster: {server: s, certificate-authority-data: QQ==, insecure-skip-tls-verify: true}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c}}]",
            "exclude each other"
        ),
        (
            "clusters: [{name: c, cluster: {server: s, proxy-url: 'ftp://x'}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c}}]",
            "proxy-url must begin"
        ),
        (
            "clusters: [{name: c, cluster: {server: s}}]\nusers: [{name: u, user: {client-certificate-data: QQ==}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c, user: u}}]",
            "needed together"
        ),
        (
            "clusters: [{name: c, cluster: {server: s}}]\nusers: [{name: u, user: {auth-provider: {name: gcp}}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c, user: u}}]",
            "removed from Kubernetes"
        ),
        (
            "clusters: [{name: c, cluster: {server: s}}]\nusers: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}}]\ncurrent-context: y\ncontexts: [{name: y, context: {cluster: c, user: u}}]",
            "are not supported"
        ),
    ]) func mistakesAreNamedWithTheirPlace(_ text: String, _ words: String) {
        #expect { try load(text) } throws: { "\($0)".contains(words) }
    }

    @Test func execEntriesAreRead() throws {
        let text = """
            clusters: [{name: c, cluster: {server: 'https://x', certificate-authority-data: Q0E=}}]
            users:
              - name: u
                user:
                  exec:
                    apiVersion: client.authentication.k8s.io/v1beta1
                    command: ./bin/login
                    args: [get, token]
                    env: [{name: A, value: '1'}]
                    installHint: Install it.
                    provideClusterInfo: true
            contexts: [{name: y, context: {cluster: c, user: u}}]
            current-context: y
            """
        let credential = try load(text).credential
        guard case .plugin(let plugin) = credential else {
            Issue.record("a plug-in is expected, not \(credential)")
            return
        }
        #expect(plugin.command == folder.path + "/bin/login")
        #expect(plugin.arguments == ["get", "token"])
        #expect(plugin.environment == ["A": "1"])
        #expect(plugin.installHint == "Install it.")
        #expect(plugin.clusterInfo == #"{"server":"https:\/\/x","certificate-authority-data":"Q0E="}"#)
    }

    @Test func podsUseTheirOwnAccount() throws {
        #expect(InCluster.connection(environment: [:]) == nil)
        try folder.write("token", to: "sa/token")
        try folder.write("shop", to: "sa/namespace")
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let own = InCluster.connection(environment: environment, folder: folder.path + "/sa")
        #expect(own?.server == "https://[fd00::1]:443")
        #expect(own?.namespace == "shop")
        #expect(own?.credential == .tokenFile(folder.path + "/sa/token"))
    }

    @Test func survivesRandomBytes() {
        var random = SeededRandom(seed: 3)
        let bytes = Array(plain.utf8)
        for _ in 0..<400 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var config = Kubeconfig()
            if (try? config.add(broken, file: "x")) != nil { _ = try? config.connection(.init()) }
        }
    }
}

/// A folder for one test, or the reason that there is none.
final class TestFolder: Sendable {
    private let folder = try? TemporaryFolder()
    var path: String { folder?.path ?? "/nowhere" }
    @discardableResult func write(_ text: String, to name: String) throws -> String {
        try folder?.write(text, to: name) ?? ""
    }
}
