package import Findings
package import Platform

/// Why findings are one incident: the mechanisms between them, what else was considered, and what was not observed that
/// would have decided it.
package struct IncidentProof: Equatable, Sendable {
    /// Links that are kept of one incident.
    package static let linksMax = 50
    /// Findings that were ruled out and are kept.
    package static let refusedMax = 5
    /// Gaps that are kept.
    package static let gapsMax = 5

    /// One end of a link: a finding as it stood.
    package struct End: Equatable, Sendable {
        package var finding: String
        package var check: String
        /// `node/n1`, `pod/shop/web-0`.
        package var object: String
        /// nil: when it began was not observed.
        package var began: Timestamp?
        /// `SOURCE:ORIGIN` of its evidence.
        package var evidence: [String]
    }

    package struct Link: Equatable, Sendable {
        package var cause: End
        package var effect: End
        package var mechanism: String
        package var scope: Mechanism.Scope
        package var words: LocalText
    }

    /// Why a finding that might have been the cause was not.
    package enum Refusal: Equatable, Sendable {
        /// Seconds after the effect.
        case later(Double)
        /// Seconds before the effect.
        case ended(Double)
        case otherDevice, otherContainer, otherWords, recovered, noMechanism

        package var code: String {
            switch self {
            case .later: "later"
            case .ended: "ended"
            case .otherDevice: "otherDevice"
            case .otherContainer: "otherContainer"
            case .otherWords: "otherWords"
            case .recovered: "recovered"
            case .noMechanism: "noMechanism"
            }
        }

        package var seconds: Double? {
            switch self {
            case .later(let seconds), .ended(let seconds): seconds
            default: nil
            }
        }
    }

    package struct Refused: Equatable, Sendable {
        package var finding: End
        package var refusal: Refusal
    }

    /// What was not observed: a check, when something began, which device something uses.
    package enum Unknown: Equatable, Sendable {
        case check(UnobservedReason, detail: String)
        case began, device
    }

    package struct Gap: Equatable, Sendable {
        package var check: String
        /// A node, a namespace, an object, `cluster`.
        package var scope: String
        package var unknown: Unknown
    }

    package var links: [Link] = []
    package var refused: [Refused] = []
    package var gaps: [Gap] = []

    package init() {}

    func joined(with other: IncidentProof) -> IncidentProof {
        var proof = self
        proof.links = Array((links + other.links).prefix(Self.linksMax))
        proof.refused = Array((refused + other.refused.filter { !refused.contains($0) }).prefix(Self.refusedMax))
        proof.gaps = Array((gaps + other.gaps.filter { !gaps.contains($0) }).prefix(Self.gapsMax))
        return proof
    }
}
