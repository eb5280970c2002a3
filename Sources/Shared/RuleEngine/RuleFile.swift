package import Platform
import YAML

/// What a rule file gave: the good rules, and what is wrong with the rest.
package struct RuleFile: Sendable {
    package static let bytesMax = 1 << 20
    /// Rules of all files together.
    package static let rulesMax = 2000

    package var name: String
    package var rules: [LogRule] = []
    package var monitors: [Monitor] = []
    package var problems: [DocumentProblem] = []
    /// Why a node-problem-detector file holds no log rules: `not a log monitor: custom plug-in`.
    package var notALogMonitor: String?
    /// Programs that it wants to be run.
    package var plugin: PluginMonitor?
    /// Of its name without folders and its content.
    package var digest = ""

    /// Of its rules, the disabled and the broken ones too.
    var ids: Set<String> = []

    package init(name: String) { self.name = name }

    /// Without what only people read: an agent keeps its rules for months.
    package var lean: RuleFile {
        var file = self
        for index in file.rules.indices {
            file.rules[index].matchSamples = []
            file.rules[index].ignoreSamples = []
            file.rules[index].variants = []
            file.rules[index].why = Wording()
            file.rules[index].remedy.zh = ""
        }
        return file
    }

    package var errors: [DocumentProblem] { problems.filter { $0.level == .error } }

    /// Reads either format: a JSON object with `plugin` is node-problem-detector's, everything else `ke/v1`.
    /// - Parameter monitorBase: the number of the first monitor, so that buffers of different files stay apart.
    package static func read(_ text: [UInt8], name: String, monitorBase: Int = 0) -> RuleFile {
        var file = RuleFile(name: name)
        if text.count > bytesMax {
            file.problems = [
                DocumentProblem(
                    file: name,
                    message: "the file has \(text.count) bytes; at most \(bytesMax) are read. Split it.")
            ]
            return file
        }
        let isJSON = name.hasSuffix(".json") || text.first { $0 > 0x20 } == UInt8(ascii: "{")
        if isJSON {
            NPDRuleReader.read(text, into: &file, monitorBase: monitorBase)
        } else {
            KeRuleReader.read(text, into: &file)
        }
        return file
    }
}
