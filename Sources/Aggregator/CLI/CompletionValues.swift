import ArgumentParser
import CheckModel
import Checks
import Commands
import Evaluation
import Findings
import Foundation
import KubernetesAPI
import Platform
import Practice
import Report
import RuleEngine

/// What values of options may be, for completion: the same lists that the commands go by, and names of the cluster.
enum CompletionValues {
    /// Of one request: a shell waits for it.
    static let timeout = "2s"
    static let namesMax = 500

    static func candidates(_ question: Completion.Question) async -> [Completion.Candidate]? {
        func plain(_ names: some Sequence<String>) -> [Completion.Candidate] { names.map { .init($0) } }
        switch question.parameter {
        case "output":
            if question.command != "report" { return plain(ListText.formats) }
            return ReportFormats.all.map { .init($0.id, $0.summary) }
        case "also": return ReportFormats.all.map { .init("\($0.id)=", $0.summary) }
        case "severity", "fail-on": return plain(Severity.allCases.map(\.rawValue))
        case "lang": return [.init("en", "English"), .init("zh", "中文")]
        case "color": return plain(["auto", "always", "never"])
        case "profile": return plain(["default", "strict"])
        case "table": return plain(ReportLayout.tables)
        case "only", "skip",
            "id" where question.command.hasPrefix("checks"), "check" where question.command == "silence":
            return checks()
        case "id" where question.command.hasPrefix("rules"):
            return RuleSet(users: []).rules.map { .init($0.id, $0.check) }
        case "context", "contexts": return await contexts(question.words).map { plain($0) } ?? []
        case "namespace": return plain(await names("namespaces", question.words))
        case "node": return plain(await names("nodes", question.words))
        case "name" where question.command == "why" && question.words.last == "node",
            "object" where question.command == "why" && question.words.last == "node":
            return plain(await names("nodes", question.words))
        case "kubeconfig", "config", "filename", "overrides", "manifests", "baseline", "new-since", "log",
            "journal-dir",
            "certificate-authority", "paths":
            return nil
        default: return []
        }
    }

    private static func checks() -> [Completion.Candidate] {
        let all = CheckList.descriptions + EvaluationSettings().workloads.descriptions
        return all.map { .init($0.id, $0.title(.en)) }.sorted { $0.text < $1.text }
    }

    private static func contexts(_ words: [String]) async -> [String]? {
        guard let options = connection(words) else { return nil }
        do { return try options.loaded(ProcessInfo.processInfo.environment).contexts.keys.sorted() } catch {
            return nil
        }
    }

    /// The connection that the words so far name; a word too many does no harm.
    private static func connection(_ words: [String]) -> ConnectionOptions? {
        let taken = ["--kubeconfig", "--context", "--cluster", "--user", "--server", "-s", "--token"]
        var own: [String] = []
        for (place, word) in words.enumerated() {
            if taken.contains(word), place + 1 < words.count { own += [word, words[place + 1]] }
            if taken.contains(where: { word.hasPrefix($0 + "=") }) { own.append(word) }
        }
        do { return try ConnectionOptions.parse(own + ["--request-timeout", timeout]) } catch { return nil }
    }

    /// Names of a kind of the cluster; none where it does not answer in time, because a shell has no place for errors.
    private static func names(_ kind: String, _ words: [String]) async -> [String] {
        guard let options = connection(words) else { return [] }
        do {
            guard let target = try options.connection(environment: ProcessInfo.processInfo.environment) else {
                return []
            }
            let client = try options.client(target, clock: SystemClock())
            let answer = try await client.get("/api/v1/\(kind)?limit=\(namesMax)")
            let root = try JSONDocument(answer.body).root
            return root.list("items").compactMap { $0["metadata"]?["name"]?.string }.sorted()
        } catch {
            return []
        }
    }
}
