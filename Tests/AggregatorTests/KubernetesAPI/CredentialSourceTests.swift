import Foundation
import Synchronization
import TestSupport
import Testing

@testable import KubernetesAPI
@testable import Platform

@Suite struct CredentialSourceTests {
    private static let plugin = ExecPlugin(
        apiVersion: "client.authentication.k8s.io/v1", command: "login", arguments: [], environment: [:],
        installHint: "Get it.",
        clusterInfo: nil)

    private final class Runner: CredentialRunner {
        let outputs: Mutex<[String]>
        init(_ outputs: [String]) { self.outputs = Mutex(outputs) }
        func run(_ plugin: ExecPlugin) async throws(APIError) -> [UInt8] {
            let next = outputs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let next else { throw APIError(.unauthorized, "asked too often") }
            return Array(next.utf8)
        }
    }

    private static func answer(_ status: String, version: String = "client.authentication.k8s.io/v1") -> String {
        #"{"kind":"ExecCredential","apiVersion":"\#(version)","status":{\#(status)}}"#
    }

    @Test func asksAgainShortlyBeforeATokenExpires() async throws {
        let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
        let expires = (clock.now() + 600).utcRFC3339
        let runner = Runner([
            Self.answer(#""token":"a","expirationTimestamp":"\#(expires)""#), Self.answer(#""token":"b""#),
        ])
        let source = CredentialSource(.plugin(Self.plugin), clock: clock, runner: runner)
        #expect(try await source.proof().authorization == "Bearer a")
        clock.advance(by: 500)
        #expect(try await source.proof().authorization == "Bearer a")
        clock.advance(by: 75)
        #expect(try await source.proof().authorization == "Bearer b")
        clock.advance(by: 99_999)
        #expect(try await source.proof().authorization == "Bearer b")
    }

    @Test func givesClientCertificates() async throws {
        let runner = Runner([Self.answer(#""clientCertificateData":"C","clientKeyData":"K""#)])
        let proof = try await CredentialSource(.plugin(Self.plugin), clock: ManualClock(), runner: runner).proof()
        #expect(proof.certificatePEM == Array("C".utf8))
        #expect(proof.keyPEM == Array("K".utf8))
        #expect(proof.authorization == nil)
    }

    @Test(arguments: [
        ("no json", "printed no ExecCredential"), (#"{"kind":"Other"}"#, "printed no ExecCredential"),
        (answer(#""token":"""#), "neither a token nor a certificate"),
        (answer(#""clientCertificateData":"C""#), "without its key"),
        (answer(#""token":"x""#, version: "client.authentication.k8s.io/v1beta1"), "the kubeconfig asks for"),
    ]) func saysWhatIsWrongWithAPlugin(_ output: String, _ words: String) async {
        let source = CredentialSource(.plugin(Self.plugin), clock: ManualClock(), runner: Runner([output]))
        do {
            _ = try await source.proof()
            Issue.record("no error")
        } catch { #expect("\(error)".contains(words)) }
    }

    @Test func readsATokenFileAgain() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("one\n", to: "token")
        let clock = ManualClock()
        let source = CredentialSource(.tokenFile(path), clock: clock)
        #expect(try await source.proof().authorization == "Bearer one")
        try folder.write("two", to: "token")
        #expect(try await source.proof().authorization == "Bearer one")
        clock.advance(by: 61)
        #expect(try await source.proof().authorization == "Bearer two")
        try folder.write("three", to: "token")
        #expect(await source.refused())
        #expect(try await source.proof().authorization == "Bearer three")
    }

    @Test func runsARealPluginWithoutAShell() async throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(
            "#!/bin/sh\nprintf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"%s\"}}' \"$1$X\"\necho \"$KUBERNETES_EXEC_INFO\" > \"$OUT\"\n",
            to: "login")
        chmod(script, 0o755)
        var plugin = Self.plugin
        plugin.command = script
        plugin.arguments = ["a;b $(c)"]
        plugin.environment = ["X": "!", "OUT": folder.path + "/info"]
        plugin.clusterInfo = #"{"server":"https://x"}"#
        let output = try await ExecCredentialRunner().run(plugin)
        #expect(try CredentialSource.read(output, plugin, margin: 0).0.authorization == "Bearer a;b $(c)!")
        let info = try String(contentsOfFile: folder.path + "/info", encoding: .utf8)
        #expect(info.contains(#""cluster":{"server":"https://x"}"#))
        #expect(info.contains(#""interactive":false"#))
        plugin.command = folder.path + "/missing"
        await #expect { try await ExecCredentialRunner().run(plugin) } throws: { "\($0)".contains("Get it.") }
        plugin.command = "/bin/false"
        await #expect { try await ExecCredentialRunner().run(plugin) } throws: {
            "\($0)".contains("ended with status 1")
        }
    }
}
