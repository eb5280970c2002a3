#pragma once
#include <stddef.h>

// The files of rules/workloads, built into the program: a laptop that has only the program has all checks.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t length;
} ke_workload_rules;

// The first of them; the last is followed by an entry without a name.
const ke_workload_rules *ke_workload_rules_first(void);
