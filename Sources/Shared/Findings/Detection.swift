package import Platform

/// What was found, and where: everything about a finding but when and how often.
package struct Detection: Hashable, Codable, Sendable {
    /// The check's id in the catalogue (`NodeOOM`); for users' own rules without one, the rule's reason.
    package var check: String
    /// The rule, sampler or probe that saw it.
    package var rule: String
    package var reason: String
    package var severity: Severity
    package var object: ObjectReference
    /// What of the object: container, device, mount, task; empty for the object as a whole.
    package var subject: String
    package var message: String
    /// Less specific checks that this finding stands for as well.
    package var also: [String]
    package var remedy: String
    /// When it happens, for what will happen: a certificate's end.
    package var deadline: Timestamp?

    package init(
        check: String, rule: String, reason: String, severity: Severity, object: ObjectReference,
        subject: String = "", message: String, also: [String] = [], remedy: String = "", deadline: Timestamp? = nil
    ) {
        self.deadline = deadline
        self.check = check
        self.rule = rule
        self.reason = reason
        self.severity = severity
        self.object = object
        self.subject = subject
        self.message = message
        self.also = also
        self.remedy = remedy
    }

    /// Equal keys are one finding: check, object and subject.
    package var key: String {
        var hash = StableHash()
        for part in [check, object.kind, object.namespace, object.name, object.uid, subject] { hash.combine(part) }
        return hash.hex
    }
}
