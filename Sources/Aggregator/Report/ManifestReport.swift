import CheckModel
package import Evaluation
import Findings
package import Platform
import Practice

/// The report of `--manifests`.
package struct ManifestReport {
    /// Documents that could not be read and are named one by one.
    static let problemsMax = 50

    package let paths: [String]
    package let settings: EvaluationSettings

    package init(paths: [String], settings: EvaluationSettings) {
        self.paths = paths
        self.settings = settings.ofFiles
    }

    package func make(_ options: ReportOptions, now: Timestamp) throws -> Report {
        let result: ManifestAudit.Result
        do throws(SystemError) {
            result = try ManifestAudit(settings: settings, now: now).run { reader throws(SystemError) in
                for path in paths { try reader.read(path: path) }
            }
        } catch {
            throw CommandFailure(message: "--manifests: \(error).")
        }
        var state = EvaluatedState(generatedAt: now, clusterName: paths.joined(separator: " "))
        state.manifests = .init(files: result.files, objects: result.objects)
        var gaps = result.practice.gaps
        for problem in result.problems.prefix(Self.problemsMax) where problem.level == .error {
            gaps.append(
                CheckGap(
                    check: "manifests", scope: "\(problem.file):\(problem.mark)", reason: .malformed,
                    detail: problem.message))
        }
        let more = result.problems.count { $0.level == .error } - Self.problemsMax
        if more > 0 { state.notes.append("\(counted(more, "more document")) cannot be read") }
        for problem in result.problems where problem.level == .warning { state.notes.append(problem.description) }
        for problem in settings.workloads.problems { state.notes.append(problem.description) }
        state.notes = Array(state.notes.prefix(Self.problemsMax))
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
        state.outcomes["manifests"] = nil
        return ReportBuilder(state: state, options: options).build()
    }
}
