import Evaluation
import Findings
package import Platform

extension Report {
    /// Why findings are one incident: how each was caused, what else was considered and ruled out, and what was not
    /// observed that would have decided it.
    package struct Proof: Codable, Equatable, Sendable {
        /// A finding as it stood.
        package struct End: Codable, Equatable, Sendable {
            package var finding: String
            package var check: String
            /// `node/n1`, `pod/shop/web-0`.
            package var object: String
            /// nil: when it began was not observed.
            package var began: ReportTime?
            /// `SOURCE:ORIGIN` of what shows it.
            package var evidence: [String]
        }

        package struct Link: Codable, Equatable, Sendable {
            package var cause: End
            package var effect: End
            /// As `rules/checks/mechanisms.yaml` names it.
            package var mechanism: String
            /// What both ends have in common: `device`, `node`, `workload`.
            package var scope: String
            package var why: String
        }

        package struct RuledOut: Codable, Equatable, Sendable {
            package var finding: End
            /// `later`, `ended`, `otherDevice`, `otherContainer`, `otherWords`, `recovered`, `noMechanism`.
            package var reason: String
            /// How much later it began than the effect, or how long before it had ended.
            package var seconds: Int?
        }

        package struct NotObserved: Codable, Equatable, Sendable {
            package var check: String
            package var scope: String
            /// Why the check was not observed; `began` and `device` where those of its finding are not known.
            package var reason: String
            package var detail: String
        }

        package var links: [Link] = []
        package var ruledOut: [RuledOut] = []
        package var notObserved: [NotObserved] = []
    }
}

extension Report.Proof {
    init(_ proof: IncidentProof, _ language: Language) {
        links = proof.links.map {
            Link(
                cause: End($0.cause), effect: End($0.effect), mechanism: $0.mechanism, scope: $0.scope.rawValue,
                why: $0.words(language))
        }
        ruledOut = proof.refused.map {
            RuledOut(
                finding: End($0.finding), reason: $0.refusal.code,
                seconds: $0.refusal.seconds.map { Int(min(max($0, 0), 1e9)) })
        }
        notObserved = proof.gaps.map { gap in
            switch gap.unknown {
            case .check(let reason, let detail):
                NotObserved(
                    check: gap.check, scope: gap.scope, reason: reason.rawValue, detail: TextSafety.printable(detail))
            case .began: NotObserved(check: gap.check, scope: gap.scope, reason: "began", detail: "")
            case .device: NotObserved(check: gap.check, scope: gap.scope, reason: "device", detail: "")
            }
        }
    }

    /// One line for each link, finding that was ruled out and gap.
    /// - Parameters:
    ///   - time: how a time is printed.
    ///   - linksMax: of more links only the number is said.
    package func lines(_ language: Language, linksMax: Int, time: (ReportTime) -> String) -> [String] {
        let isChinese = language == .zh
        func end(_ end: End) -> String {
            "\(end.check) \(end.object) \(end.began.map(time) ?? (isChinese ? "（开始时间未观测到）" : "(when was not observed)"))"
        }
        var lines = links.prefix(linksMax).map { link in
            let proof = (link.cause.evidence.prefix(1) + link.effect.evidence.prefix(1)).joined(separator: ", ")
            return
                "\(end(link.cause)) -> \(end(link.effect)): \(Self.words(link, language))\(proof.isEmpty ? "" : " [\(proof)]")"
        }
        if links.count > linksMax {
            let more = links.count - linksMax
            lines.append(isChinese ? "另有 \(more) 个结果" : "\(more) more \(more == 1 ? "effect" : "effects")")
        }
        lines += ruledOut.map {
            (isChinese ? "已排除：" : "ruled out: ") + "\(end($0.finding)): \(Self.words($0)(language))"
        }
        lines += notObserved.map {
            (isChinese ? "未观测到：" : "not observed: ") + "\($0.check) \($0.scope): \(Self.words($0)(language))"
        }
        return lines.map(TextSafety.printable)
    }

    /// A report is made in one language and may be read in another.
    private static func words(_ link: Link, _ language: Language) -> String {
        Catalogue.builtIn.mechanisms.first { $0.id == link.mechanism }?.words(language) ?? link.why
    }

    private static func words(_ ruledOut: RuledOut) -> LocalText {
        let span = GoDuration.brief(Double(ruledOut.seconds ?? 0))
        return switch ruledOut.reason {
        case "later": LocalText("it began \(span) later", "晚 \(span) 才开始")
        case "ended": LocalText("it ended \(span) before", "早在 \(span) 之前已结束")
        case "otherDevice": LocalText("it is about another device", "涉及另一设备")
        case "otherContainer": LocalText("it is about another container", "涉及另一容器")
        case "otherWords": LocalText("the texts give another reason", "文本所述原因不同")
        case "recovered": LocalText("its object is well again", "其对象已恢复")
        default: LocalText("no mechanism leads from it to this", "没有已知机制由其导致此问题")
        }
    }

    private static func words(_ gap: NotObserved) -> LocalText {
        switch gap.reason {
        case "began": LocalText("when it began", "开始时间")
        case "device": LocalText("which device it uses", "所使用的设备")
        default: LocalText("\(gap.reason): \(gap.detail)", "\(gap.reason)：\(gap.detail)")
        }
    }
}

extension Report.Proof.End {
    fileprivate init(_ end: IncidentProof.End) {
        self.init(
            finding: end.finding, check: end.check, object: end.object, began: end.began.map { ReportTime($0) },
            evidence: end.evidence.map(TextSafety.printable))
    }
}
