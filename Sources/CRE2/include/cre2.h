#pragma once
#include <stdbool.h>
#include <stddef.h>

// RE2 and RE2::Set behind C names. Texts are byte ranges and need not end in NUL.
#ifdef __cplusplus
extern "C" {
#endif

typedef struct ke_re2 ke_re2;
typedef struct ke_re2_set ke_re2_set;
typedef struct { const char *start; size_t length; } ke_re2_slice;

ke_re2 *ke_re2_new(const char *pattern, size_t length, long long memory_bytes_max);
void ke_re2_free(ke_re2 *re);
// NULL when the pattern compiled; else RE2's own words, owned by the pattern.
const char *ke_re2_error(const ke_re2 *re);
const char *ke_re2_error_fragment(const ke_re2 *re);
int ke_re2_group_count(const ke_re2 *re);
// The group's name, or NULL for an unnamed one. Owned by the pattern.
const char *ke_re2_group_name(const ke_re2 *re, int group);
// Leftmost-first search in text[start, length); fills `groups` slices, [0] being the whole match.
bool ke_re2_search(const ke_re2 *re, const char *text, size_t length, size_t start, ke_re2_slice *slices, int groups);

ke_re2_set *ke_re2_set_new(long long memory_bytes_max);
void ke_re2_set_free(ke_re2_set *set);
// The pattern's index, or -1 when it does not compile.
int ke_re2_set_add(ke_re2_set *set, const char *pattern, size_t length);
bool ke_re2_set_compile(ke_re2_set *set);
// 1: some pattern matches; 0: none does; -1: the search ran out of its memory and says nothing. Allocates nothing.
int ke_re2_set_any(const ke_re2_set *set, const char *text, size_t length);
// Writes up to `capacity` matching indices, ascending; the number of matches, or -1 as above.
int ke_re2_set_match(const ke_re2_set *set, const char *text, size_t length, int *indices, int capacity);

#ifdef __cplusplus
}
#endif
