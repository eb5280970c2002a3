import ArgumentParser
import CheckModel
import ClusterObjects
import Foundation
import Platform
import Practice
import YAML

/// Where overrides are written: a file, or the cluster's ConfigMap.
struct OverrideTargetOptions: ParsableArguments {
    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Option(help: "Write to this file instead of ConfigMap \(Names.namespace)/\(OverrideStore.name).")
    var overrides: String?

    @Option(help: "Author of the change (default: this machine's user).")
    var by: String?

    var author: String { by ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName() }

    func write(_ entry: OverrideSet.Entry) async throws -> String {
        if let overrides {
            var known = OverrideSet()
            if Files.exists(overrides) {
                do throws(DocumentProblem) {
                    known = try OverrideSet(try CheckOptions.readFile(overrides), file: overrides)
                } catch {
                    throw CommandFailure(message: error.description)
                }
            }
            known.entries.append(entry)
            let path = URL(filePath: overrides).path
            do throws(SystemError) { try Files.writeAtomically(Array(known.yaml.utf8), to: path) } catch {
                throw CommandFailure(message: "The overrides cannot be written: \(error).")
            }
            return overrides
        }
        try await store().add([entry])
        return "ConfigMap \(Names.namespace)/\(OverrideStore.name)"
    }
}

extension OverrideTargetOptions {
    private func store() throws -> OverrideStore {
        OverrideStore(
            client: try connection.requiredCluster(
                SystemClock(),
                else: "There is no cluster to write to. Name one with --kubeconfig, or a file with --overrides."))
    }

    /// Removes entries.
    func remove(where isGone: @escaping @Sendable (OverrideSet.Entry) -> Bool) async throws -> (
        count: Int, place: String
    ) {
        if let overrides {
            do throws(DocumentProblem) {
                var known = try OverrideSet(try CheckOptions.readFile(overrides), file: overrides)
                let before = known.entries.count
                known.entries.removeAll(where: isGone)
                do throws(SystemError) {
                    try Files.writeAtomically(Array(known.yaml.utf8), to: URL(filePath: overrides).path)
                } catch {
                    throw DocumentProblem(file: overrides, message: "cannot be written: \(error)")
                }
                return (before - known.entries.count, overrides)
            } catch {
                throw CommandFailure(message: error.description)
            }
        }
        return (try await store().remove(where: isGone), "ConfigMap \(Names.namespace)/\(OverrideStore.name)")
    }
}

/// `ke silence CHECK --node … --for 4h --reason …`
struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Hide findings of a check for a while; the report's header counts them.")

    @Argument(help: "The check's id; * for all.")
    var check: String

    @OptionGroup var nodes: NodeMatchOptions

    @Option(help: "Only for this object or workload; * stands for anything. May be repeated.")
    var name: [String] = []

    @Option(name: .customLong("for"), help: "For how long, for example 4h or 7d.")
    var duration = "4h"

    @Option(help: "Reason, shown with the silence.")
    var reason: String

    @OptionGroup var target: OverrideTargetOptions

    func run() async throws { print(try await write()) }

    /// - Returns: what was done, in a sentence.
    func write() async throws -> String {
        var entry = OverrideSet.Entry()
        if check != "*" {
            if CheckNames.builtIn.id(check) == nil, let guess = CheckNames.builtIn.nearest(check) {
                throw CommandFailure(
                    message: "No check is named '\(check)'. Did you mean '\(guess)'? `checks list` names them.")
            }
            // The name of a custom check is known only from its file.
            entry.checks = [CheckNames.builtIn.id(check) ?? check]
        }
        try nodes.apply(to: &entry)
        entry.names = name
        entry.namespaces = target.connection.wantedNamespace.map { [$0] } ?? []
        if entry.checks.isEmpty && entry.nodes.isEmpty && entry.names.isEmpty && entry.namespaces.isEmpty
            && entry.nodeSelector.isEmpty
        {
            throw CommandFailure(
                message: "That would silence everything. Name a check, or nodes, names or a namespace.")
        }
        entry.isIgnored = true
        entry.until = Timestamp.now() + (try Self.seconds(duration))
        entry.reason = reason
        entry.by = target.author
        let place = try await target.write(entry)
        return "Silenced until \(entry.until?.localRFC3339 ?? "-") in \(place)."
    }

    static func seconds(_ text: String) throws -> Double {
        do throws(GoDuration.Problem) {
            let seconds = try GoDuration.seconds(text)
            if seconds > 0 { return seconds }
        } catch {
            throw CommandFailure(message: "--for: \(error).")
        }
        throw CommandFailure(message: "--for must be longer than 0.")
    }
}

/// `ke ack FINDING`
struct AcknowledgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Acknowledge a finding: it stays in the report, but raises no incident and no exit status.")

    @Argument(
        help: "The finding's id, sixteen hexadecimal digits, from `report -o json` or the end of an event's name.")
    var finding: String

    @Option(name: .customLong("for"), help: "For how long, for example 24h or 7d.")
    var duration = "24h"

    @Option(help: "What is being done about it.")
    var reason = ""

    @OptionGroup var target: OverrideTargetOptions

    func run() async throws {
        // An event's row carries the id behind its name.
        let id = finding.split(separator: ".").last.map(String.init) ?? finding
        guard id.count == 16, id.allSatisfy(\.isHexDigit) else {
            throw CommandFailure(
                message: "'\(finding)' is not a valid finding id: sixteen hexadecimal digits, see `report -o json`.")
        }
        var entry = OverrideSet.Entry()
        entry.ids = [id.lowercased()]
        entry.isAcknowledged = true
        entry.until = Timestamp.now() + (try SilenceCommand.seconds(duration))
        entry.reason = reason
        entry.by = target.author
        let place = try await target.write(entry)
        print("Acknowledged by \(entry.by) until \(entry.until?.localRFC3339 ?? "-") in \(place).")
    }
}
