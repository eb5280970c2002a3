import KubernetesAPI
import Platform

/// `GET /readyz?verbose`, line by line.
package struct ReadyzAnswer: Sendable, Equatable {
    package struct Line: Sendable, Equatable {
        package var name: String
        /// `[+]`: true; `[-]`: false; excluded or anything else: nil.
        package var isGood: Bool?
        package var text: String
    }

    package var lines: [Line] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let rest = line.dropFirst(3)
            let name = String(rest.prefix { $0 != " " })
            if rest.contains("excluded") {
                lines.append(Line(name: name, isGood: nil, text: String(line)))
            } else if line.hasPrefix("[+]") {
                lines.append(Line(name: name, isGood: true, text: String(line)))
            } else if line.hasPrefix("[-]") {
                lines.append(Line(name: name, isGood: false, text: String(line)))
            }
        }
    }
}
