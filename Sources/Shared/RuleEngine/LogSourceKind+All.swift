import Platform

extension LogSourceKind {
    /// A new kind is one entry here; its source in the agent is one file with an entry of its own.
    package static let all = [journald, kmsg, file]

    package static let journald = LogSourceKind(
        name: "journald",
        fields: [
            Field("transport", .word), Field("units", .names), Field("identifiers", .names), Field("directory", .text),
        ],
        check: { values in
            let given = ["transport", "units", "identifiers"].filter { values[$0]?.isEmpty == false }
            guard given.count == 1, values["transport"].map({ $0 == ["kernel"] || $0 == ["driver"] }) ?? true else {
                return "exactly one of `transport: kernel` (or driver), units, identifiers is expected"
            }
            // Another journal's folder is read for identifiers only.
            if given != ["identifiers"] { values["directory"] = nil }
            return nil
        },
        title: { selector in
            switch (selector.text("transport"), selector.units.count) {
            case ("kernel", _): "kernel log"
            case ("driver", _): "journald itself"
            case (_, 0): "journal identifier " + selector.identifiers.joined(separator: ", ")
            case (_, let count):
                "journal of " + selector.units.prefix(2).joined(separator: ", ")
                    + (count > 2 ? " and " + counted(count - 2, "more unit") : "")
            }
        },
        isKernel: { $0.text("transport") == "kernel" || $0.identifiers.contains("kernel") })

    package static let kmsg = LogSourceKind(
        name: "kmsg", fields: [], title: { _ in "/dev/kmsg" }, isKernel: { _ in true })

    package static let file = LogSourceKind(
        name: "file",
        fields: [
            Field("path", .text, example: "/var/log/messages"), Field("timestamp", .pattern),
            Field("timestampFormat", .text), Field("message", .pattern), Field("skipList", .list),
        ],
        title: { $0.text("path") }, isKernel: { _ in nil })
}

extension SourceSelector {
    /// The kernel log: journald's `_TRANSPORT=kernel`, or `/dev/kmsg` where there is no journal.
    package static let kernel = SourceSelector(kind: "journald", values: ["transport": ["kernel"]])
    /// journald's messages about itself (`_TRANSPORT=driver`).
    package static let driver = SourceSelector(kind: "journald", values: ["transport": ["driver"]])
    /// `/dev/kmsg` and nothing else.
    package static let kmsg = SourceSelector(kind: "kmsg")

    /// Journal entries by trusted unit (`_SYSTEMD_UNIT`; PID 1's messages about it, by `UNIT`, too).
    package static func units(_ names: [String]) -> SourceSelector {
        SourceSelector(kind: "journald", values: ["units": names])
    }

    /// Journal entries by `SYSLOG_IDENTIFIER`, which any local process may claim.
    package static func identifiers(_ names: [String], directory: String) -> SourceSelector {
        SourceSelector(kind: "journald", values: ["identifiers": names, "directory": [directory]])
    }

    package var units: [String] { self["units"] }
    package var identifiers: [String] { self["identifiers"] }
}
