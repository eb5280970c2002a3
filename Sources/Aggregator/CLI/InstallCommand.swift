import ArgumentParser
import Export
import Foundation
import Install
import KubernetesAPI
import Platform

/// The options of an installation that `install`, `images` and `uninstall` share.
struct InstallOptions: ParsableArguments {
    @Option(help: "Registry to pull the image from, for example registry.example.com/mirror.")
    var imageRegistry = Manifests.registry

    @Option(help: "Image tag.")
    var imageTag = Version.text

    @Option(help: "Image digest, sha256:…; takes precedence over the tag.")
    var imageDigest: String?

    @Option(help: "Name of an image pull Secret in ke-system.")
    var imagePullSecret: String?

    @Flag(help: "Install only the aggregator, no agents on nodes.")
    var noAgent = false

    @Option(
        help:
            "Exporters to run, with the rights they need, comma-separated: \(ExporterList.ids.joined(separator: ", ")); or none."
    )
    var exporters = ExporterList.defaults.sorted().joined(separator: ",")

    @Option(help: "StorageClass of the volume for findings; none: no volume (default: the cluster's default class).")
    var storageClass: String?

    @Option(help: "Size of the volume for findings.")
    var storageSize = "5Gi"

    @Option(
        name: .customLong("set"),
        help: "KEY=VALUE: \(Manifests.valueKeys.joined(separator: ", ")). May be repeated.")
    var values: [String] = []

    /// A line at once, into pipes and files too.
    static let say: @Sendable (String) -> Void = { line in
        print(line)
        fflush(nil)
    }

    /// - Parameter hasDefaultClass: nil: the cluster was not read.
    func settings(hasDefaultClass: Bool?) throws -> Manifests.Settings {
        var settings = Manifests.Settings()
        settings.registry = imageRegistry.hasSuffix("/") ? String(imageRegistry.dropLast()) : imageRegistry
        settings.tag = imageTag
        if let imageDigest {
            guard imageDigest.hasPrefix("sha256:"), imageDigest.utf8.count == 71 else {
                throw CommandFailure(
                    message: "--image-digest must be sha256: and 64 hexadecimal digits; '\(imageDigest)' is not valid.")
            }
            settings.digest = imageDigest
        }
        settings.pullSecret = imagePullSecret
        settings.hasAgent = !noAgent
        settings.exporters = []
        for name in exporters.split(separator: ",").map(String.init) where name != "none" {
            let known = ExporterList.ids
            guard known.contains(name) else {
                let near = Suggestion.nearest(to: name, among: known).map { " Did you mean \($0)?" } ?? ""
                throw CommandFailure(
                    message:
                        "--exporters: '\(name)' is not a valid exporter.\(near) Valid are \(known.joined(separator: ", "))."
                )
            }
            settings.exporters.insert(name)
        }
        switch storageClass {
        case "none"?: settings.storageClass = nil
        case let name?: settings.storageClass = name
        case nil: settings.storageClass = hasDefaultClass == false ? nil : ""
        }
        settings.storageSize = storageSize
        for value in values {
            guard let sign = value.firstIndex(of: "=") else {
                throw CommandFailure(message: "--set must be KEY=VALUE; '\(value)' is not valid.")
            }
            settings.values.append(
                .init(key: String(value[..<sign]), value: String(value[value.index(after: sign)...])))
        }
        return settings
    }
}

/// `ke install`: installs everything into the cluster, or upgrades it.
struct InstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install into the cluster, or upgrade what is there.",
        discussion: "`ke install` is short for `ke install cluster`; `ke help install cluster` lists its options.",
        subcommands: [InstallClusterCommand.self, InstallNPDCommand.self],
        defaultSubcommand: InstallClusterCommand.self, aliases: ["upgrade"])
}

struct InstallClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Apply all manifests, wait for the roll-out and print the next steps.")

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions
    @OptionGroup(title: "Installation") var options: InstallOptions

    @Flag(help: "Ask the API server what would change, without changing anything.")
    var dryRun = false

    @Option(name: .shortAndLong, help: "yaml: only print the manifests; needs no cluster.")
    var output: String?

    @Option(help: "How long to wait for the roll-out; 0: not at all.")
    var wait = "5m"

    func run() async throws {
        if let output {
            guard output == "yaml" else { throw CommandFailure(message: "-o must be yaml; '\(output)' is not valid.") }
            print(try Manifests(options.settings(hasDefaultClass: nil)).yaml, terminator: "")
            return
        }
        let clock = SystemClock()
        let client = try connection.requiredCluster(clock)
        let hasDefault = try await Self.hasDefaultClass(client)
        let settings = try options.settings(hasDefaultClass: hasDefault)
        let installer = Installer(client: client, clock: clock, say: InstallOptions.say)
        let objects = try await installer.served(try Manifests(settings).objects)
        let seconds = try RolloutOptions.seconds(wait, "--wait")
        try await installer.apply(objects, isDryRun: dryRun, waitSeconds: seconds)
        if settings.storageClass == nil {
            print(
                options.storageClass == "none"
                    ? "No volume: findings live as long as the aggregator's pod."
                    : "The cluster has no default StorageClass: no volume, and findings live as long as the aggregator's pod. Name one with --storage-class."
            )
        }
        if dryRun { return }
        if seconds > 0, try await !installer.wait(hasAgent: settings.hasAgent, seconds: seconds) {
            throw CommandFailure(
                message:
                    "Not everything is ready after \(GoDuration.brief(seconds)). `ke report` shows what was found so far."
            )
        }
        print(
            """

            NEXT  ke report                     what is wrong
                  ke drill --node NODE          send a test line end to end and time it
                  ke rules edit                 add your own rules
                  ke uninstall                  remove everything
            """)
    }

    /// Whether a claim without a class gets a volume.
    static func hasDefaultClass(_ client: KubernetesClient) async throws -> Bool {
        let answer = try await client.get("/apis/storage.k8s.io/v1/storageclasses?limit=500")
        let document = try JSONDocument(answer.body)
        return document.root.list("items").contains { item in
            let annotations = item["metadata"]?["annotations"]
            return ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
                .contains { annotations?.member(named: $0)?.string == "true" }
        }
    }
}

/// `ke uninstall`: removes everything.
struct UninstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Remove everything that install created, with its findings, rules and silences.")

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @Option(help: "How long to wait until the namespace is gone; 0: not at all.")
    var wait = "2m"

    func run() async throws {
        let clock = SystemClock()
        let client = try connection.requiredCluster(clock)
        if !yes {
            print(
                "This deletes namespace ke-system of \(client.connection.name) with its findings, rule files and silences. Type yes: ",
                terminator: "")
            guard readLine() == "yes" else { throw CommandFailure(message: "Nothing was changed.") }
        }
        let installer = Installer(client: client, clock: clock, say: InstallOptions.say)
        var settings = Manifests.Settings()
        settings.exporters = Set(ExporterList.ids)
        for entry in ExporterList.all {
            if let line = try await entry.cleanUp(client) { print(line) }
        }
        try await installer.remove(try await installer.served(try Manifests(settings).objects))
        let seconds = try RolloutOptions.seconds(wait, "--wait")
        if seconds > 0, try await !installer.waitUntilGone(seconds: seconds) {
            throw CommandFailure(
                message: "Namespace ke-system still exists; `kubectl describe ns ke-system` shows why.")
        }
        print(
            "Everything was removed. Events that it wrote stay until the API server drops them, an hour after the last. ConfigMap kube-system/node-problem-detector-config, if it exists, is yours and was kept."
        )
    }
}

/// `ke images`: what an installation pulls.
struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "Print the images that an installation with these options pulls.")

    @OptionGroup(title: "Installation") var options: InstallOptions

    func run() throws { print(try options.settings(hasDefaultClass: nil).image) }
}
