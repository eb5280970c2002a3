import Documents
import Platform
import YAML

/// Journal entries that are spread over several lines, or are JSON: journalctl's export, verbose, json and json-pretty
/// (systemd's "Journal Export Formats" and "Journal JSON Format").
struct FieldBlock {
    enum Step: Equatable {
        case notABlock
        case inside
        case complete([String: String])
        /// The line before ended an entry, and this one is to be read by itself.
        case completeBefore([String: String])
    }

    /// Fields that an entry may have, and bytes that a value of them may have; more is not kept.
    static let fieldsMax = 512

    private enum Form { case export, verbose, pretty }

    private var form: Form?
    private var fields: [String: String] = [:]
    private var pretty: [UInt8] = []
    /// A binary field of the export format: its name, and length and value as they come.
    private var binary: (name: String, bytes: [UInt8])?

    mutating func take(_ line: [UInt8]) -> Step {
        switch form {
        case .export: return export(line)
        case .verbose: return verbose(line)
        case .pretty: return prettyLine(line)
        case nil: break
        }
        let text = String(decoding: line.prefix(256), as: UTF8.self)
        if text == "{" {
            form = .pretty
            pretty = line
            return .inside
        }
        if text.hasPrefix("__CURSOR=") || text.hasPrefix("__REALTIME_TIMESTAMP=")
            || text.hasPrefix("__MONOTONIC_TIMESTAMP=")
        {
            form = .export
            return export(line)
        }
        if let written = LogPrefix.verboseTime(text) {
            form = .verbose
            if case .wall(let time)? = LogPrefix.time(written, Timestamp(microseconds: 0)) {
                fields["__REALTIME_TIMESTAMP"] = String(time.microseconds)
            }
            return .inside
        }
        return .notABlock
    }

    mutating func finish() -> [String: String]? {
        let all = fields
        let isPretty = form == .pretty
        self = FieldBlock()
        return isPretty || all.isEmpty ? nil : all
    }

    private mutating func set(_ name: String, _ value: String) {
        if fields.count < Self.fieldsMax { fields[name] = value }
    }

    private mutating func export(_ line: [UInt8]) -> Step {
        if var open = binary {
            open.bytes += line + [0x0A]
            binary = open
            guard open.bytes.count >= 8 else { return .inside }
            // A length is 64 bits, little-endian; nobody means more than a line may have.
            let length = open.bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let wanted = Int(min(length, UInt64(LogLine.bytesMax)))
            if open.bytes.count < 8 + wanted + 1, open.bytes.count < 2 * LogLine.bytesMax { return .inside }
            set(open.name, String(decoding: open.bytes.dropFirst(8).prefix(wanted), as: UTF8.self))
            binary = nil
            return .inside
        }
        if line.isEmpty { return finish().map { .complete($0) } ?? .inside }
        let name = line.prefix { $0 != UInt8(ascii: "=") }
        if !name.allSatisfy(Self.isNameByte) {
            // Not the export format after all.
            return finish().map { .completeBefore($0) } ?? .notABlock
        }
        if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
            set(
                String(decoding: line[..<equals], as: UTF8.self), String(decoding: line[(equals + 1)...], as: UTF8.self)
            )
        } else {
            binary = (String(decoding: line, as: UTF8.self), [])
        }
        return .inside
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    private mutating func verbose(_ line: [UInt8]) -> Step {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("    "), let equals = text.firstIndex(of: "=") {
            set(String(text[..<equals]).trimmingSpaces(), String(text[text.index(after: equals)...]))
            return .inside
        }
        guard let all = finish() else { return take(line) }
        switch take(line) {
        case .notABlock: return .completeBefore(all)
        default: return .complete(all)
        }
    }

    private mutating func prettyLine(_ line: [UInt8]) -> Step {
        let isField = line.first.map { $0 == 0x09 || $0 == 0x20 } == true
        if !isField, line != [UInt8(ascii: "}")] {
            // A brace of something else.
            self = FieldBlock()
            return take(line)
        }
        pretty += line
        if line == [UInt8(ascii: "}")] || pretty.count > LogLine.bytesMax {
            let text = String(decoding: pretty, as: UTF8.self)
            self = FieldBlock()
            return Self.journalFields(ofJSON: text).map { .complete($0) } ?? .inside
        }
        return .inside
    }

    private static func pairs(_ text: String) -> [Node.Pair]? {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        // Anything that is not JSON is a line like any other.
        do throws(DocumentProblem) { return try JSONReader.read(Array(text.utf8)).pairs } catch { return nil }
    }

    /// The fields of an entry of `journalctl -o json`; nil for any other text. A value that is not UTF-8 is a list of
    /// bytes, one that is set several times a list of texts.
    static func journalFields(ofJSON text: String) -> [String: String]? {
        guard text.contains("\"MESSAGE\"") || text.contains("\"__REALTIME_TIMESTAMP\""), let pairs = pairs(text) else {
            return nil
        }
        var fields: [String: String] = [:]
        for pair in pairs.prefix(fieldsMax) {
            if let value = pair.value.string {
                fields[pair.key] = value
            } else if let items = pair.value.items {
                let bytes = items.compactMap { item -> UInt8? in
                    if case .integer(let byte) = item.value { UInt8(exactly: byte) } else { nil }
                }
                fields[pair.key] =
                    bytes.isEmpty ? items.compactMap(\.string).last : String(decoding: bytes, as: UTF8.self)
            }
        }
        return fields["MESSAGE"] == nil && fields["__REALTIME_TIMESTAMP"] == nil ? nil : fields
    }

    /// A line of docker's json-file log: `{"log":"…\n","stream":"stderr","time":"…"}`.
    static func dockerOutput(ofJSON text: String) -> (text: String, time: String?)? {
        guard text.hasPrefix("{\"log\":"), let pairs = pairs(text),
            let log = pairs.first(where: { $0.key == "log" })?.value.string
        else { return nil }
        return (log.trimmingSpaces(), pairs.first { $0.key == "time" }?.value.string)
    }

    /// The time of a program's JSON line.
    static func time(ofJSON text: String) -> String? {
        guard let pairs = pairs(text) else { return nil }
        for name in ["ts", "time", "timestamp", "@timestamp"] {
            guard let value = pairs.first(where: { $0.key == name })?.value else { continue }
            switch value.value {
            case .string(let text): return text
            case .integer(let number): return number > 100_000_000_000 ? String(Double(number) / 1000) : String(number)
            case .double(let number): return number > 1e11 ? String(number / 1000) : String(number)
            default: continue
            }
        }
        return nil
    }
}
