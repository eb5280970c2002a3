package import Platform
import YAML

/// Flags that somebody does not want to type each time: from `config.yaml` in the user's configuration folder, and from
/// the environment, which wins. The command line wins over both.
package struct CommandSettings: Equatable, Sendable {
    /// Flags that the environment gives as `KE_CONTEXT`, `KE_FAIL_ON` and so on.
    package static let variables = [
        "context", "namespace", "lang", "output", "severity", "since", "limit", "profile", "config", "color", "fail-on",
        "width",
    ]
    static let bytesMax = 64 << 10

    /// Long names of flags without dashes, and their values, by name.
    package let values: [(name: String, value: String)]

    package static func == (a: Self, b: Self) -> Bool { a.values.elementsEqual(b.values, by: ==) }

    package init(_ values: [String: String] = [:]) {
        self.values = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// `$XDG_CONFIG_HOME/kubeeye/config.yaml`, else below `~/.config` (XDG Base Directory Specification); nil: nobody's
    /// home is known.
    package static func path(_ environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return "\(folder)/kubeeye/config.yaml" }
        return environment["HOME"].flatMap { $0.isEmpty ? nil : "\($0)/.config/kubeeye/config.yaml" }
    }

    /// The variable that gives a flag.
    package static func variable(_ flag: String) -> String {
        "KE_" + flag.map { $0 == "-" ? "_" : $0.uppercased() }.joined()
    }

    /// - Parameter flags: all that the program has.
    /// - Throws: for a file that is there and cannot be read, or names what is no flag.
    package static func load(
        _ environment: [String: String], flags: [String]
    ) throws(DocumentProblem) -> CommandSettings {
        var values: [String: String] = [:]
        if let path = path(environment) {
            let text: [UInt8]?
            do throws(SystemError) { text = try Files.read(path, bytesMax: bytesMax) } catch {
                guard error.isMissing else { throw DocumentProblem(file: path, message: "\(error)") }
                text = nil
            }
            if let text { values = try read(text, file: path, flags: flags) }
        }
        for flag in variables {
            if let value = environment[variable(flag)], !value.isEmpty { values[flag] = value }
        }
        return CommandSettings(values)
    }

    static func read(
        _ text: [UInt8], file: String, flags: [String]
    ) throws(DocumentProblem) -> [String: String] {
        guard let root = try YAMLReader.read(text, file: file), root.value != .null else { return [:] }
        guard let pairs = root.pairs else {
            throw DocumentProblem(
                file: file, mark: root.mark, message: "flags and their values are expected, such as `lang: zh`")
        }
        var values: [String: String] = [:]
        for pair in pairs {
            guard flags.contains(pair.key) else {
                let near = Suggestion.nearest(to: pair.key, among: flags).map { " Did you mean '\($0)'?" } ?? ""
                throw DocumentProblem(
                    file: file, mark: pair.keyMark, message: "'\(pair.key)' is not a valid flag.\(near)")
            }
            switch pair.value.value {
            case .string(let text): values[pair.key] = text
            case .integer(let number): values[pair.key] = String(number)
            case .bool(let flag): values[pair.key] = flag ? "true" : "false"
            default:
                throw DocumentProblem(
                    file: file, mark: pair.value.mark,
                    message: "'\(pair.key)' must be text, a number or true; this is \(pair.value.kindName)")
            }
        }
        return values
    }
}
