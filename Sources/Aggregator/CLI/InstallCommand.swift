import ArgumentParser
import Export
import Foundation
import Install
import KubernetesAPI
import Platform

/// What an installation is made of; `install`, `images` and `uninstall` share it.
struct InstallOptions: ParsableArguments {
    @Option(help: "Registry that has the image, instead of docker.io: registry.example.com/mirror.")
    var imageRegistry = Manifests.registry

    @Option(help: "The image's tag.")
    var imageTag = Version.text

    @Option(help: "The image's digest, sha256:…; wins over the tag.")
    var imageDigest: String?

    @Option(help: "Name of a Secret in ke-system to pull the image with.")
    var imagePullSecret: String?

    @Flag(help: "Only the aggregator: no agents on nodes.")
    var noAgent = false

    @Option(
        help:
            "Exporters that get rights and run, by comma: \(ExporterKind.allCases.map(\.rawValue).joined(separator: ", ")); or none."
    )
    var exporters = "events"

    @Option(help: "Class of the volume for findings; none: no volume. The cluster's default class when not given.")
    var storageClass: String?

    @Option(help: "Size of the volume for findings.")
    var storageSize = "5Gi"

    @Option(
        name: .customLong("set"),
        help: "KEY=VALUE: \(Manifests.valueKeys.joined(separator: ", ")). May be repeated.")
    var values: [String] = []

    /// - Parameter hasDefaultClass: nil: nobody asked the cluster.
    func settings(hasDefaultClass: Bool?) throws -> Manifests.Settings {
        var settings = Manifests.Settings()
        settings.registry = imageRegistry.hasSuffix("/") ? String(imageRegistry.dropLast()) : imageRegistry
        settings.tag = imageTag
        if let imageDigest {
            guard imageDigest.hasPrefix("sha256:"), imageDigest.utf8.count == 71 else {
                throw CommandFailure(message: "--image-digest is sha256: and 64 digits; '\(imageDigest)' is not.")
            }
            settings.digest = imageDigest
        }
        settings.pullSecret = imagePullSecret
        settings.hasAgent = !noAgent
        settings.exporters = []
        for name in exporters.split(separator: ",").map(String.init) where name != "none" {
            guard let kind = ExporterKind(rawValue: name) else {
                let known = ExporterKind.allCases.map(\.rawValue)
                let near = Suggestion.nearest(to: name, among: known).map { " Did you mean \($0)?" } ?? ""
                throw CommandFailure(
                    message: "--exporters: there is no '\(name)'.\(near) There are \(known.joined(separator: ", ")).")
            }
            settings.exporters.insert(kind)
        }
        switch storageClass {
        case "none"?: settings.storageClass = nil
        case let name?: settings.storageClass = name
        case nil: settings.storageClass = hasDefaultClass == false ? nil : ""
        }
        settings.storageSize = storageSize
        for value in values {
            guard let sign = value.firstIndex(of: "=") else {
                throw CommandFailure(message: "--set is KEY=VALUE; '\(value)' is not.")
            }
            settings.values.append((String(value[..<sign]), String(value[value.index(after: sign)...])))
        }
        return settings
    }
}

/// `ke install`: everything into the cluster, and again for a newer version.
struct InstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install into the cluster, or upgrade what is there.",
        discussion: "`ke install` alone does it; `ke help install cluster` names its options.",
        subcommands: [InstallClusterCommand.self, InstallNPDCommand.self],
        defaultSubcommand: InstallClusterCommand.self, aliases: ["upgrade"])
}

struct InstallClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Apply all manifests, wait for the roll-out, and say what to do next.")

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions
    @OptionGroup(title: "Installation") var options: InstallOptions

    @Flag(help: "Ask the API server what would become of it, and change nothing.")
    var dryRun = false

    @Option(name: .shortAndLong, help: "yaml: print the manifests, and ask nobody.")
    var output: String?

    @Option(help: "How long to wait for the roll-out; 0: not at all.")
    var wait = "5m"

    func run() async throws {
        if let output {
            guard output == "yaml" else { throw CommandFailure(message: "-o is yaml; '\(output)' is not.") }
            print(try Manifests(options.settings(hasDefaultClass: nil)).yaml, terminator: "")
            return
        }
        let clock = SystemClock()
        guard let target = try connection.connection(environment: ProcessInfo.processInfo.environment) else {
            throw CommandFailure(message: "There is no cluster. Name one with --kubeconfig or --server.")
        }
        let client = try connection.client(target, clock: clock)
        let hasDefault = try await Self.hasDefaultClass(client)
        let settings = try options.settings(hasDefaultClass: hasDefault)
        let installer = Installer(client: client, clock: clock) { print($0) }
        let objects = try await installer.served(try Manifests(settings).objects)
        try await installer.apply(objects, isDryRun: dryRun)
        if settings.storageClass == nil {
            print(
                options.storageClass == "none"
                    ? "No volume: findings live as long as the aggregator's pod."
                    : "The cluster has no default StorageClass: no volume, and findings live as long as the aggregator's pod. Name one with --storage-class."
            )
        }
        if dryRun { return }
        let seconds = try RulesPushCommand.seconds(wait, "--wait")
        if seconds > 0, try await !installer.wait(hasAgent: settings.hasAgent, seconds: seconds) {
            throw CommandFailure(
                message: "Not all of it is ready after \(GoDuration.brief(seconds)). `ke report` says what agents see.")
        }
        print(
            """

            NEXT  ke report                     what is wrong
                  ke drill --node NODE          a marked line through the whole way
                  ke rules edit                 rules of your own
                  ke uninstall                  takes all of it away
            """)
    }

    /// Whether a claim without a class gets a volume.
    static func hasDefaultClass(_ client: KubernetesClient) async throws -> Bool {
        let answer = try await client.get("/apis/storage.k8s.io/v1/storageclasses?limit=500")
        guard let document = try? JSONDocument(answer.body) else { return false }
        return document.root.list("items").contains { item in
            let annotations = item["metadata"]?["annotations"]
            return ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
                .contains { annotations?.member(named: $0)?.string == "true" }
        }
    }
}

/// `ke uninstall`: nothing of it stays.
struct UninstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Take away all that install made, with its findings, rules and silences.")

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Flag(help: "Do not ask.")
    var yes = false

    @Option(help: "How long to wait until the namespace is gone; 0: not at all.")
    var wait = "2m"

    func run() async throws {
        let clock = SystemClock()
        guard let target = try connection.connection(environment: ProcessInfo.processInfo.environment) else {
            throw CommandFailure(message: "There is no cluster. Name one with --kubeconfig or --server.")
        }
        if !yes {
            print(
                "Namespace ke-system of \(target.name) goes, with findings, rule files and silences. Type yes: ",
                terminator: "")
            guard readLine() == "yes" else { throw CommandFailure(message: "Nothing was changed.") }
        }
        let client = try connection.client(target, clock: clock)
        let installer = Installer(client: client, clock: clock) { print($0) }
        var settings = Manifests.Settings()
        settings.exporters = Set(ExporterKind.allCases)
        let cleared = try await NodeConditionWriter.removeAll(client)
        if cleared > 0 { print("Conditions of \(cleared) nodes  deleted") }
        try await installer.remove(try await installer.served(try Manifests(settings).objects))
        let seconds = try RulesPushCommand.seconds(wait, "--wait")
        if seconds > 0, try await !installer.waitUntilGone(seconds: seconds) {
            throw CommandFailure(
                message: "Namespace ke-system is still there; `kubectl describe ns ke-system` says why.")
        }
        print("Nothing of it is left. ConfigMap kube-system/node-problem-detector-config, if there is one, is yours.")
    }
}

/// `ke images`: what an installation pulls.
struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "Print what an installation with these options pulls.")

    @OptionGroup(title: "Installation") var options: InstallOptions

    func run() throws { print(try options.settings(hasDefaultClass: nil).image) }
}
