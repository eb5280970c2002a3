#include "csimdjson.h"

#include <malloc.h>
#include <simdjson.h>

using namespace simdjson;

struct ke_json_parser {
    dom::parser parser;
    explicit ke_json_parser(size_t capacity_max) : parser(capacity_max) {}
};

extern "C" {

size_t ke_json_padding(void) { return SIMDJSON_PADDING; }

ke_json_parser *ke_json_parser_new(size_t capacity_max) { return new (std::nothrow) ke_json_parser(capacity_max); }

void ke_json_parser_free(ke_json_parser *parser) { delete parser; }

void ke_json_trim_heap(void) { malloc_trim(0); }

size_t ke_json_parser_capacity(const ke_json_parser *parser) { return parser->parser.capacity(); }

ke_json_tape ke_json_parse(ke_json_parser *parser, const uint8_t *text, size_t length) {
    ke_json_tape tape = {nullptr, nullptr, 0};
    auto result = parser->parser.parse(text, length, false);
    tape.error = static_cast<int>(result.error());
    if (tape.error == 0) {
        tape.tape = parser->parser.doc.tape.get();
        tape.strings = parser->parser.doc.string_buf.get();
    }
    return tape;
}

const char *ke_json_error_text(int error) { return error_message(static_cast<error_code>(error)); }
}
