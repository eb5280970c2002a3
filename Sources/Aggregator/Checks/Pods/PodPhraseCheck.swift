import CheckModel
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// A check that looks for a phrase of an operating system's error in Warning events about pods and in what containers
/// said when they waited or ended. One finding per pod, container and text without its numbers.
///
/// What it looks for is `phrase` of its entry in the catalogue; agents look for the same in the logs of crashed
/// containers.
struct PodPhraseCheck: EventCheck {
    let id: String
    let scopes: ClusterScope.Kinds = .pods
    let claims: [EventClaim]
    let needs: [ClusterKind] = [.events, .pods]

    /// In the order of the catalogue, where the most specific stands first.
    static let all = Catalogue.builtIn.entries.compactMap { entry in
        entry.phrase.map { PodPhraseCheck(id: entry.id, phrase: $0) }
    }

    private init(id: String, phrase: CheckPhrase) {
        self.id = id
        claims = [EventClaim(pattern: phrase.pattern, kinds: ["Pod"], readsContainers: true)]
    }

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let id = id
        for event in view.warnings(of: id) {
            out.podEvent(event, view)
        }
        let now = view.now(.pods)
        // All others are good.
        out.healthy(view.pods.count - view.talkingPods.count)
        for pod in view.talkingPods {
            var isGood = true
            for container in pod.containers {
                for (text, time) in container.texts
                where view.checks(forContainerText: text).first == id
                    && time.map({ now.seconds(since: $0) <= view.windowSeconds }) ?? true
                {
                    isGood = false
                    out.container(container, pod, view, reason: id, text: text, time: time)
                }
            }
            if isGood { out.healthy() }
        }
    }
}

extension CheckOutput {
    /// Danger while a container is not ready because of it.
    mutating func podEvent(_ event: EventRecord, _ view: ClusterView, table: ReportTable = .events) {
        let pod = view.index.pods[event.involved.namespace, event.involved.name]
        // Cleared: the pod is gone, or it has been well for five minutes since. The event keeps its plain row.
        let now = view.now(.events)
        let isCleared: Bool
        if let pod {
            let since = pod.ready?.transition
            isCleared =
                pod.metadata.uid != event.involved.uid && !event.involved.uid.isEmpty
                || pod.isReady
                    && since.map { now.seconds(since: $0) > CheckTimes.recoveredSeconds && $0 > event.last } ?? false
        } else {
            // Or it was not read, and nobody knows.
            isCleared = true
        }
        if isCleared {
            add(WarningEventCheck.plain(event, view))
            return
        }
        let severity: Severity = pod.map { !$0.isReady && !$0.isFinished } ?? false ? .danger : .warning
        self.event(
            severity, event, pod?.reference ?? event.involved,
            subject: PodText.subject(event.container, event.message), node: pod?.node ?? event.node, view)
    }

    mutating func container(
        _ container: ContainerRecord, _ pod: PodRecord, _ view: ClusterView, severity: Severity? = nil, reason: String,
        text: String, time: Timestamp?
    ) {
        let now = time ?? view.now(.pods).time
        let severity = severity ?? (container.isReady || pod.isFinished ? .warning : .danger)
        add(
            CheckFinding(
                check: checkID, severity: view.severity(severity, onNode: pod.node), object: pod.reference,
                subject: PodText.subject(container.name, text), node: pod.node, reason: reason, message: text,
                first: now,
                last: now, isState: false,
                evidence: [
                    Evidence(
                        source: "pod", origin: "\(pod.namespace)/\(pod.name)/\(container.name)", time: now, text: text)
                ], table: .events))
    }
}

/// Texts of pods without what changes from one time to the next.
enum PodText {
    /// Container and text without digits and hexadecimal runs: what is the same for the same trouble.
    static func subject(_ container: String, _ text: String) -> String {
        var hash = StableHash()
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, isWord(bytes[end]) { end += 1 }
                if end == start {
                    hash.combine(bytes[start])
                    start += 1
                    continue
                }
                let word = UnsafeBufferPointer(rebasing: bytes[start..<end])
                if isID(word) { hash.combine(UInt8(ascii: "#")) } else { hash.combine(word) }
                start = end
            }
        }
        return container.isEmpty ? String(hash.hex.prefix(8)) : "\(container) \(hash.hex.prefix(8))"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) }

    /// A number, or eight hexadecimal digits and more with a number among them.
    private static func isID(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
        if word.allSatisfy(isDigit) { return true }
        return word.count >= 8 && word.contains(where: isDigit)
            && word.allSatisfy { isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }
}
