import Findings
internal import Glibc
import Host
import Platform
import Regex
import RuleEngine

/// The last lines of crashed containers, for the errno phrases that say why.
///
/// Reads `/var/log/pods/<namespace>_<name>_<uid>/<container>/<restart>.log`. A run has ended when a log with a higher
/// number stands beside, or when its container is gone: the kubelet keeps one dead container, so that a container that
/// crashes at once has one log for nearly all of the time. A first run that ended may have done its work. With
/// `phrases` only the phrase leaves the node.
struct PodLogSampler: Sampler {
    let id = "pod-logs"
    let periodSeconds = 15.0
    let mode: AgentConfiguration.PodLogs
    private static let linesMax = 20
    private static let tailBytes = 16 << 10
    /// An ended run older than this says nothing of now.
    private static let freshSeconds = 3600.0
    private static let filesMax = 2000

    /// Each of its checks with what it looks for, as the catalogue says.
    static let phrases = AgentCatalogue.builtIn.phrases

    let checks = PodLogSampler.phrases.map(\.check)
    private let regexes: [Regex]
    private let redaction: Redaction
    /// What was found in a file, so that each is read once.
    private var known: [String: [Detection]] = [:]

    init(mode: AgentConfiguration.PodLogs) throws(RegexError) {
        self.mode = mode
        redaction = try Redaction()
        var regexes: [Regex] = []
        for phrase in Self.phrases { regexes.append(try Regex(phrase.phrase.pattern)) }
        self.regexes = regexes
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        if mode == .off { return unobserved(.notConfigured, "podLogs is off") }
        let pods: [String]
        do throws(SystemError) { pods = try Files.names(in: context.host.podLogs) } catch { return unobserved(error) }
        var found: [String: [Detection]] = [:]
        var problem: SystemError?
        // Only looked for when a container was restarted.
        var living: LivingContainers?
        for pod in pods {
            let parts = pod.split(separator: "_").map(String.init)
            guard parts.count == 3 else { continue }
            let object = ObjectReference(kind: "Pod", namespace: parts[0], name: parts[1], uid: parts[2])
            for container in names("\(context.host.podLogs)/\(pod)", &problem) {
                guard found.count < Self.filesMax,
                    let path = ended("\(pod)/\(container)", context, &living, &problem)
                else { continue }
                if let seen = known[path] {
                    found[path] = seen
                    continue
                }
                do throws(SystemError) { found[path] = try look(path, object, container) } catch {
                    if !error.isMissing { problem = problem ?? error }
                }
            }
        }
        known = found
        if found.isEmpty, let problem { return unobserved(problem) }
        let all = found.values.flatMap(\.self)
        return checks.map { check in
            SampleOutcome(check: check, result: .observed(all.filter { $0.check == check }.sorted { $0.key < $1.key }))
        }
    }

    /// Of a folder that may go at any time; the first other trouble is kept.
    private func names(_ folder: String, _ problem: inout SystemError?) -> [String] {
        do throws(SystemError) { return try Files.names(in: folder) } catch {
            if !error.isMissing { problem = problem ?? error }
            return []
        }
    }

    /// The newest log of an ended run, while it is fresh.
    private func ended(
        _ folder: String, _ context: SampleContext, _ living: inout LivingContainers?, _ problem: inout SystemError?
    ) -> String? {
        let numbers = names("\(context.host.podLogs)/\(folder)", &problem).compactMap { name in
            name.hasSuffix(".log") ? Int(name.dropLast(4)) : nil
        }.sorted()
        guard let newest = numbers.last, newest > 0 else { return nil }
        func path(_ number: Int) -> String { "\(context.host.podLogs)/\(folder)/\(number).log" }
        var isOver = known[path(newest)] != nil
        if !isOver {
            if living == nil { living = LivingContainers(context.host) }
            // Where nobody can tell, a log that stands alone is taken for the run that ended last.
            isOver = living?.hasEnded("\(folder)/\(newest).log") ?? (numbers.count == 1)
        }
        guard let number = isOver ? newest : numbers.dropLast().last else { return nil }
        var status = stat()
        guard stat(path(number), &status) == 0,
            context.now.seconds(since: Timestamp(seconds: Double(status.st_mtim.tv_sec))) <= Self.freshSeconds
        else { return nil }
        return path(number)
    }

    private func look(_ path: String, _ object: ObjectReference, _ container: String) throws(SystemError) -> [Detection]
    {
        let lines = try Self.tail(path).split(separator: "\n").suffix(Self.linesMax).map { Self.message($0) }
        var found: [Detection] = []
        for (phrase, regex) in zip(Self.phrases, regexes) {
            let hits = lines.filter { regex.matches(Array($0.utf8).span) }
            guard let last = hits.last else { continue }
            let text = mode == .full ? redaction.redact(TextSafety.cut(last, bytesMax: 1024)) : phrase.phrase.text
            found.append(
                Detection(
                    check: phrase.check, rule: id, reason: phrase.check, severity: .warning, object: object,
                    subject: container,
                    message:
                        "container \(container) of \(object.namespace)/\(object.name) ended with: \(text)\(hits.count > 1 ? " (\(counted(hits.count, "line")))" : "")",
                    remedy: "kubectl logs -n \(object.namespace) \(object.name) -c \(container) --previous"))
        }
        return found
    }

    private static func tail(_ path: String) throws(SystemError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: tailBytes)
        let count = pread(descriptor, &bytes, tailBytes, max(0, size - tailBytes))
        guard count >= 0 else { throw SystemError(call: "read", path: path, code: errno) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// The text of a CRI log line, `<time> <stream> <tag> <text>` (kubernetes `pkg/kubelet/kuberuntime/logs`); docker's
    /// JSON lines are searched as they are.
    private static func message(_ line: Substring) -> String {
        let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1] == "stdout" || parts[1] == "stderr" else { return String(line) }
        return String(parts[3])
    }
}
