/// What was found, and where: everything about a finding but when and how often.
public struct Detection: Hashable, Codable, Sendable {
    /// The check's id in the catalogue (`NodeOOM`); for users' own rules without one, the rule's reason.
    public var check: String
    /// The rule, sampler or probe that saw it.
    public var rule: String
    public var reason: String
    public var severity: Severity
    public var object: ObjectReference
    /// What of the object: container, device, mount, task; empty for the object as a whole.
    public var subject: String
    public var message: String
    /// Less specific checks that this finding stands for as well.
    public var also: [String]
    public var remedy: String
    /// When it happens, for what will happen: a certificate's end.
    public var deadline: Timestamp?

    public init(
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

    /// Equal keys are one finding (CHECKS.md §0, "Merge"): check, object and subject.
    public var key: String {
        var hash = StableHash()
        for part in [check, object.kind, object.namespace, object.name, object.uid, subject] { hash.combine(part) }
        return hash.hex
    }
}
