import CheckModel
package import Evaluation
import Findings
package import Platform
import Practice

/// The report of `--manifests`.
package struct ManifestReport {
    /// Documents that could not be read and are named one by one.
    static let problemsMax = 1000
    /// Notes about the configuration.
    private static let notesMax = 50
    /// Documents that are no Kubernetes objects and are named one by one.
    private static let skippedMax = 5
    /// What gaps of files are said of.
    static let check = "manifests"

    package let paths: [String]
    package let settings: EvaluationSettings
    /// Only what stands in these files is reported; the others are read, because objects refer to them. nil: all.
    package var changed: Set<String>?

    package init(paths: [String], settings: EvaluationSettings) {
        self.paths = paths
        self.settings = settings.ofFiles
    }

    package func make(_ options: ReportOptions, now: Timestamp) throws -> Report {
        try content(options, now: now).report
    }

    package func content(_ options: ReportOptions, now: Timestamp) throws -> ReportContent {
        var result: ManifestAudit.Result
        var empty: [String] = []
        do throws(SystemError) {
            result = try ManifestAudit(settings: settings, now: now).run { reader throws(SystemError) in
                for path in paths {
                    let before = (reader.objectCount, reader.errorCount)
                    try reader.read(path: path)
                    if (reader.objectCount, reader.errorCount) == before { empty.append(path) }
                }
            }
        } catch {
            throw CommandFailure(message: "--manifests: \(error).")
        }
        if let changed { result.keep(changed) }
        var state = EvaluatedState(generatedAt: now, clusterName: paths.joined(separator: " "))
        state.manifests = .init(files: result.files, objects: result.objects)
        state.notes = notes(result.problems)
        if let changed {
            state.notes.append("only what is in \(counted(changed.count, "changed file")) is reported")
        }
        var gaps = result.practice.gaps + unread(result.problems)
        for path in empty {
            // A wrong path in a pipeline must not be green.
            gaps.append(
                CheckGap(
                    check: Self.check, scope: path == "-" ? "stdin" : path, reason: .sourceMissing,
                    detail: "no Kubernetes object was found there"))
        }
        for place in settings.workloads.checks.indices where settings.workloads.checks[place].needsRegistries {
            let id = settings.workloads.checks[place].id
            guard settings.isEnabled(id) else { continue }
            gaps.append(
                CheckGap(
                    check: id, scope: "cluster", reason: .notConfigured,
                    detail: "no allowedRegistries in a configuration"))
        }
        state.add(result.practice, gaps: gaps)
        // Documents that could not be read are gaps, but no check.
        state.outcomes[Self.check] = nil
        return ReportBuilder(state: state, options: options).content()
    }

    /// Each document that could not be read, and last how many more there are: what is not named is not observed
    /// either.
    private func unread(_ problems: [DocumentProblem]) -> [CheckGap] {
        let errors = problems.filter { $0.level == .error }
        var gaps = errors.prefix(Self.problemsMax).map {
            CheckGap(check: Self.check, scope: "\($0.file):\($0.mark)", reason: .malformed, detail: $0.message)
        }
        if errors.count > Self.problemsMax {
            gaps.append(
                CheckGap(
                    check: Self.check, scope: paths.joined(separator: " "), reason: .malformed,
                    detail: "\(counted(errors.count - Self.problemsMax, "more document")) cannot be read"))
        }
        return gaps
    }

    /// What is wrong with the configuration, and documents that were skipped.
    private func notes(_ problems: [DocumentProblem]) -> [String] {
        let skipped = problems.filter { $0.level == .warning }
        var notes = settings.workloads.problems.prefix(Self.notesMax).map(\.description)
        notes += skipped.prefix(Self.skippedMax).map(\.description)
        if skipped.count > Self.skippedMax {
            notes.append("\(counted(skipped.count - Self.skippedMax, "more document")) skipped: not Kubernetes objects")
        }
        return notes
    }
}
