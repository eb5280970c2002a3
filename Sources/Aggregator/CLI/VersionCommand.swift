import ArgumentParser
import Commands
import Platform

/// `ke version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version.")

    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output = "table"

    func run() throws {
        print(try ListText.text([("version", .text(Version.text))], format: output) ?? Version.text)
    }
}
