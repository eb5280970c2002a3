#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct { const char *bytes; size_t length; } bench_text;

// Each runs all patterns over all lines once and returns the seconds that took; `hits` counts lines that matched.
double bench_re2_set(const bench_text *patterns, int pattern_count, const bench_text *lines, int line_count, long *hits);
double bench_re2_each(const bench_text *patterns, int pattern_count, const bench_text *lines, int line_count, long *hits);
// A negative time: Hyperscan refuses a pattern. `refused` counts patterns that it does not know and that were left out.
double bench_hyperscan(const bench_text *patterns, int pattern_count, const bench_text *lines, int line_count, long *hits, int *refused);

// Calls of malloc, calloc and realloc by the whole program so far.
long bench_allocations(void);

#ifdef __cplusplus
}
#endif
