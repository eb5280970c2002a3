#pragma once
#include <stddef.h>
#include <stdint.h>

// simdjson's DOM parser behind C names. A parsed document is its tape and its string buffer
// (github.com/simdjson/simdjson, doc/tape.md); both live as long as the parser and until its next parse.
#ifdef __cplusplus
extern "C" {
#endif

typedef struct ke_json_parser ke_json_parser;
typedef struct {
    const uint64_t *tape;
    const uint8_t *strings;
    int error;  // 0: parsed
} ke_json_tape;

// Bytes behind a text that must be readable.
size_t ke_json_padding(void);
ke_json_parser *ke_json_parser_new(size_t capacity_max);
void ke_json_parser_free(ke_json_parser *parser);
// The text that the parser can hold without growing.
size_t ke_json_parser_capacity(const ke_json_parser *parser);
// Gives free pages of the heap back to the system (malloc_trim(3)).
void ke_json_trim_heap(void);
// Parses text[0, length) in place; `padding` bytes behind it must be readable.
ke_json_tape ke_json_parse(ke_json_parser *parser, const uint8_t *text, size_t length);
// simdjson's own words for an error.
const char *ke_json_error_text(int error);

#ifdef __cplusplus
}
#endif
