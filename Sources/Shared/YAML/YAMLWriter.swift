internal import CYAML

/// Writes a tree as YAML through libyaml's emitter.
package enum YAMLWriter {
    /// - Returns: UTF-8 text, or nil when libyaml refuses, which it does for lack of memory only.
    package static func write(_ node: Node) -> String? {
        let sink = Sink()
        var emitter = yaml_emitter_t()
        guard yaml_emitter_initialize(&emitter) == 1 else { return nil }
        defer { yaml_emitter_delete(&emitter) }
        yaml_emitter_set_unicode(&emitter, 1)
        yaml_emitter_set_width(&emitter, -1)
        yaml_emitter_set_output(
            &emitter,
            { context, bytes, count in
                guard let context, let bytes else { return 0 }
                Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue().bytes
                    .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            }, Unmanaged.passUnretained(sink).toOpaque())
        var event = yaml_event_t()
        func emit(_ made: Int32) -> Bool { made == 1 && yaml_emitter_emit(&emitter, &event) == 1 }
        func write(_ node: Node) -> Bool {
            switch node.value {
            case .null: return scalar("null", plain: true)
            case .bool(let flag): return scalar(flag ? "true" : "false", plain: true)
            case .integer(let number): return scalar(String(number), plain: true)
            case .double(let number): return scalar("\(number)", plain: true)
            case .string(let text): return scalar(text, plain: false)
            case .sequence(let items):
                let style = items.isEmpty ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
                return emit(yaml_sequence_start_event_initialize(&event, nil, nil, 1, style))
                    && items.allSatisfy(write) && emit(yaml_sequence_end_event_initialize(&event))
            case .mapping(let pairs):
                let style = pairs.isEmpty ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
                return emit(yaml_mapping_start_event_initialize(&event, nil, nil, 1, style))
                    && pairs.allSatisfy { scalar($0.key, plain: false) && write($0.value) }
                    && emit(yaml_mapping_end_event_initialize(&event))
            }
        }
        func scalar(_ text: String, plain: Bool) -> Bool {
            var text = text
            // A text that YAML would read as something else is quoted.
            let isWord = !plain && isAmbiguous(text)
            let style =
                plain ? YAML_PLAIN_SCALAR_STYLE : isWord ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE
            return text.withUTF8 {
                emit(yaml_scalar_event_initialize(&event, nil, nil, $0.baseAddress, Int32($0.count), 1, 1, style))
            }
        }
        let done =
            emit(yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING))
            && emit(yaml_document_start_event_initialize(&event, nil, nil, nil, 1)) && write(node)
            && emit(yaml_document_end_event_initialize(&event, 1)) && emit(yaml_stream_end_event_initialize(&event))
        return done ? String(decoding: sink.bytes, as: UTF8.self) : nil
    }

    /// Reads as null, a boolean, a number, a date, a merge key or a default value to some reader: YAML 1.1's types
    /// (yaml.org/type) as PyYAML resolves them, and 1.2's core schema (§10.3.2).
    private static func isAmbiguous(_ text: String) -> Bool {
        let words = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "="]
        return words.contains(text.lowercased()) || Double(text) != nil || isLikeANumber(text)
    }

    /// Begins as a number does, and holds nothing but what numbers, dates and times are written with: `1_000`, `0x1F`,
    /// `12:30:45`, `2001-01-01`, `-.inf`.
    private static func isLikeANumber(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): break
        default: return false
        }
        let sign = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        if [".inf", ".nan"].contains(String(decoding: sign, as: UTF8.self).lowercased()) { return true }
        let marks = Set("0123456789abcdefABCDEFxXoOtTzZ_.:+- ".utf8)
        return text.utf8.allSatisfy(marks.contains)
            && text.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private final class Sink { var bytes: [UInt8] = [] }
}
