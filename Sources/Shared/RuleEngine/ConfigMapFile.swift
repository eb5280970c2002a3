import Platform
import YAML

/// A manifest as people keep it in git, whose ConfigMaps hold rule files: each key that names one becomes a file.
enum ConfigMapFile {
    /// Rule files that the ConfigMaps of a manifest hold, named `<manifest>/<key>`; the text itself when it is no such
    /// manifest. Other objects of the manifest (a DaemonSet beside it) are not rules and not looked at.
    static func expanded(_ text: (name: String, bytes: [UInt8])) -> [(name: String, bytes: [UInt8])] {
        guard text.bytes.count <= RuleFile.bytesMax, mayBeManifest(text.bytes) else { return [text] }
        let documents: [Node]
        // A manifest that does not read is a rule file that does not read, and reported as one.
        do throws(DocumentProblem) {
            documents = try YAMLReader.readAll(text.bytes, file: text.name, dialect: .kubernetes)
        } catch {
            return [text]
        }
        let maps = documents.flatMap { $0["kind"]?.string == "List" ? $0["items"]?.items ?? [] : [$0] }
            .filter { $0["kind"]?.string == "ConfigMap" && $0["apiVersion"]?.string == "v1" }
        if maps.isEmpty { return [text] }
        return maps.flatMap { map in
            (map["data"]?.pairs ?? []).compactMap { pair in
                guard let content = pair.value.string, RuleFolders.endings.contains(where: pair.key.hasSuffix) else {
                    return nil
                }
                return ("\(text.name)/\(pair.key)", Array(content.utf8))
            }
        }
    }

    /// Spares rule files a second reading: they have no such word at the start of a line.
    private static func mayBeManifest(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: 0x0A).contains { line in
            let word = line.drop { $0 == 0x20 || $0 == UInt8(ascii: "-") }
            return word.starts(with: "kind: ConfigMap".utf8) || word.starts(with: "kind: List".utf8)
        }
    }
}
