import ArgumentParser
import TestSupport
import Testing

@testable import CLI
@testable import KubernetesAPI
@testable import Platform

@Suite struct ConnectionOptionsTests {
    @Test func allNamespacesOverrideOne() throws {
        #expect(try ConnectionOptions.parse(["-n", "shop"]).wantedNamespace == "shop")
        #expect(try ConnectionOptions.parse(["-n", "shop", "-A"]).wantedNamespace == nil)
        #expect(try ConnectionOptions.parse([]).wantedNamespace == nil)
    }

    @Test func aClusterIsNamedByAFlagOrTheEnvironment() throws {
        #expect(try ConnectionOptions.parse(["--server", "https://a"]).isNamed(environment: [:]))
        #expect(try ConnectionOptions.parse(["--context", "a"]).isNamed(environment: [:]))
        #expect(try ConnectionOptions.parse([]).isNamed(environment: ["KUBECONFIG": "/a"]))
        #expect(try !ConnectionOptions.parse(["-n", "shop"]).isNamed(environment: ["HOME": "/does/not/exist"]))
    }

    @Test func flagsApplyOverTheKubeconfig() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            apiVersion: v1
            kind: Config
            current-context: a
            clusters: [{ name: c, cluster: { server: 'https://c:6443' } }]
            users: [{ name: u, user: { token: t } }]
            contexts: [{ name: a, context: { cluster: c, user: u, namespace: x } }]
            """, to: "config")
        let options = try ConnectionOptions.parse(["--kubeconfig", folder.path + "/config", "-n", "shop"])
        let connection = try #require(try options.connection(environment: [:]))
        #expect(connection.server == "https://c:6443")
        #expect(connection.namespace == "shop")
        #expect(throws: (any Error).self) { try options.connection(environment: [:], context: "other") }
    }

    @Test func nothingNamesACluster() throws {
        #expect(try ConnectionOptions.parse([]).connection(environment: ["HOME": "/does/not/exist"]) == nil)
    }

    @Test func theTimeoutIsADuration() throws {
        let target = ClusterConnection(server: "https://a", name: "a")
        func seconds(_ text: String) throws -> Double {
            try ConnectionOptions.parse(["--request-timeout", text]).client(target, clock: ManualClock()).timeoutSeconds
        }
        #expect(try seconds("30s") == 30)
        #expect(try seconds("0s") == 300)
        #expect(throws: CommandFailure.self) { try seconds("soon") }
    }
}
