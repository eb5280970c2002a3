import Documents
import Platform
import Regex
import YAML

/// Reads the mechanisms of `rules/checks/mechanisms.yaml`:
///
/// ```yaml
/// mechanisms:
///   - id: disk-io-fails
///     scope: device
///     to: [container, WarningEvent/FailedMount]   # checks, classes of trouble, reasons of a check
///     says: '[Ii]nput/output error'               # the effect's texts, optional; `unless:` is the opposite
///     kinds: [Pod]                                # of the effect's object, optional
///     from: { kinds: [Node], reasons: [X], says: '…', notReady: true }   # the cause, optional
///     last: true                                  # after all others (`Mechanism.isLast`)
///     slack: 5m                                   # the cause may be noticed this much later
///     within: 30m                                 # what a cause that has only happened explains
///     en: a failing disk fails what reads from it
///     zh: 磁盘故障使读取它的程序出错
/// ```
enum MechanismReader {
    static func mechanism(_ fields: inout FieldReader) -> Mechanism? {
        guard let id = fields.requiredText("id", example: "disk-io-fails"),
            let scope = fields.choice("scope", Mechanism.Scope.self)
        else { return nil }
        let en = fields.requiredText("en", example: "a failing disk fails what reads from it") ?? ""
        let zh = fields.requiredText("zh", example: "磁盘故障使读取它的程序出错") ?? ""
        var mechanism = Mechanism(
            id: id, scope: scope, effects: fields.texts("to").map { Mechanism.Effect($0) }, words: LocalText(en, zh))
        if mechanism.effects.isEmpty { fields.report(fields.node.mark, "to", "a check or a class is expected") }
        mechanism.slackSeconds = fields.duration("slack") ?? mechanism.slackSeconds
        mechanism.withinSeconds = fields.duration("within") ?? mechanism.withinSeconds
        mechanism.says = fields.pattern("says").map { LazyRegex($0) }
        mechanism.unless = fields.pattern("unless").map { LazyRegex($0) }
        mechanism.isLast = fields.flag("last") ?? (scope == .cluster)
        mechanism.kinds = Set(fields.texts("kinds"))
        if let node = fields.node("from") {
            var cause = FieldReader(node, file: fields.file, path: "\(fields.path).from")
            mechanism.causeKinds = Set(cause.texts("kinds"))
            mechanism.causeReasons = Set(cause.texts("reasons"))
            mechanism.causeSays = cause.pattern("says").map { LazyRegex($0) }
            mechanism.isOfNotReady = cause.flag("notReady") ?? false
            cause.finish()
            fields.adopt(cause.problems)
        }
        return mechanism
    }
}
