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

    /// Reads as null, a boolean (YAML 1.1's too) or a number.
    private static func isAmbiguous(_ text: String) -> Bool {
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
            || Double(text) != nil
    }

    private final class Sink { var bytes: [UInt8] = [] }
}
