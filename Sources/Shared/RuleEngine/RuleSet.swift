package import Platform
import Regex
import YAML

/// All rules in force, by selector, in an order that does not depend on anything but the files.
package struct RuleSet: Sendable {
    /// Different sources of all files together: a record carries one bit for each.
    package static let selectorsMax = 60

    package let files: [RuleFile]
    package let groups: [RuleGroup]
    /// Changes when a rule changes.
    package let digest: String

    package var rules: [LogRule] { groups.flatMap(\.rules) }
    package var monitors: [Monitor] { files.flatMap(\.monitors) }
    package var problems: [DocumentProblem] { files.flatMap(\.problems) }

    /// - Parameter texts: name and content of each file; sorted by name here.
    package init(texts: [(name: String, bytes: [UInt8])]) {
        self.init(files: Self.read(texts), adjusted: { $0 })
    }

    /// Users' files before the built-in packs, so that theirs claim a line first. A user's rule with the id of a
    /// built-in one takes its place.
    /// - Parameter adjusted: what overrides make of a rule; nil: nothing.
    package init(
        users: [RuleFile], builtIn: [RuleFile] = BuiltInRules.files, adjusted: (LogRule) -> LogRule? = { $0 }
    ) {
        let own = Set(users.flatMap { $0.rules.map(\.id) })
        let packs = builtIn.map { file in
            var file = file
            file.rules.removeAll { own.contains($0.id) }
            return file
        }
        self.init(files: users + packs, adjusted: adjusted)
    }

    /// Files in the order of their names, each read by itself.
    package static func read(_ texts: [(name: String, bytes: [UInt8])]) -> [RuleFile] {
        var files: [RuleFile] = []
        for (name, bytes) in texts.flatMap(ConfigMapFile.expanded).sorted(by: { $0.name < $1.name }) {
            var file = RuleFile.read(bytes, name: name, monitorBase: files.count)
            var digest = StableHash()
            digest.combine(name.split(separator: "/").last.map(String.init) ?? name)
            digest.combine(bytes)
            file.digest = digest.hex
            files.append(file)
        }
        return files
    }

    /// Of the files' names and contents, without their folders.
    package static func digest(of files: [RuleFile]) -> String {
        var digest = StableHash()
        for text in files.map(\.digest).sorted() { digest.combine(text) }
        return digest.hex
    }

    init(files given: [RuleFile], adjusted: (LogRule) -> LogRule? = { $0 }) {
        var files = given
        let digest = Self.digest(of: given)
        var order: [SourceSelector] = []
        var bySelector: [SourceSelector: [LogRule]] = [:]
        var ids: Set<String> = []
        var total = 0
        for index in files.indices {
            var kept: [LogRule] = []
            for var rule in files[index].rules {
                // One monitor a file: a number of its own, whenever the file was read.
                if case .window(let size, _) = rule.semantics {
                    rule.semantics = .window(bufferSize: size, monitor: index)
                }
                if total >= RuleFile.rulesMax || !ids.insert(rule.id).inserted {
                    let message =
                        total >= RuleFile.rulesMax
                        ? "more than \(RuleFile.rulesMax) rules in all; '\(rule.id)' is skipped"
                        : "the id '\(rule.id)' is used in an earlier file; this rule is skipped"
                    files[index].problems.append(
                        DocumentProblem(
                            file: files[index].name, field: "rules", message: message))
                    continue
                }
                total += 1
                kept.append(rule)
                guard let rule = adjusted(rule) else { continue }
                if bySelector[rule.selector] == nil { order.append(rule.selector) }
                bySelector[rule.selector, default: []].append(rule)
            }
            files[index].rules = kept
        }
        if order.count > Self.selectorsMax {
            for selector in order[Self.selectorsMax...] {
                guard let file = files.firstIndex(where: { $0.rules.contains { $0.selector == selector } }) else {
                    continue
                }
                files[file].problems.append(
                    DocumentProblem(
                        file: files[file].name, field: "source",
                        message:
                            "more than \(Self.selectorsMax) different sources; the rules of \(selector.title) are skipped"
                    ))
            }
            order.removeSubrange(Self.selectorsMax...)
        }
        var groups: [RuleGroup] = []
        for selector in order {
            do throws(RegexError) {
                groups.append(try RuleGroup(selector: selector, rules: bySelector[selector] ?? []))
            } catch {
                let file = files.firstIndex { $0.rules.contains { $0.selector == selector } } ?? 0
                files[file].problems.append(
                    DocumentProblem(
                        file: files[file].name, field: "rules",
                        message: "the rules of \(selector.title) cannot be combined: \(error.message)"))
            }
        }
        self.files = files
        self.groups = groups
        self.digest = digest
    }
}
