import Foundation
import KubernetesAPI
import Regex

/// The formats that are asserted; others are annotations (json-schema-validation §7).
enum SchemaFormat: String, CaseIterable, Sendable {
    case dateTime = "date-time"
    case date, time, email, hostname, ipv4, ipv6, uri, uuid, regex

    func accepts(_ text: String) -> Bool {
        switch self {
        case .dateTime: KubernetesTime.parse(text) != nil
        case .date: KubernetesTime.parse(text + "T00:00:00Z") != nil
        case .time: KubernetesTime.parse("2000-01-01T" + text) != nil
        case .email:
            text.split(separator: "@", omittingEmptySubsequences: false).count == 2
                && !text.hasPrefix("@") && !text.hasSuffix("@") && !text.contains(" ")
        case .hostname: Self.isHostname(text)
        case .ipv4: Self.isAddress(text, AF_INET)
        case .ipv6: Self.isAddress(text, AF_INET6)
        case .uri: URIReference(text).scheme != nil && !text.contains(" ")
        case .uuid: text.utf8.count == 36 && UUID(uuidString: text) != nil
        case .regex: (try? Regex(text)) != nil
        }
    }

    private static func isHostname(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
    }

    private static func isAddress(_ text: String, _ family: Int32) -> Bool {
        var address = in6_addr()
        return inet_pton(family, text, &address) == 1
    }
}
