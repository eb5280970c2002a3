#pragma once
#include <stddef.h>

// The files of rules/, built into both programs: an agent needs no folder of them, and a laptop can check rules.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t length;
} ke_rule_file;

// The first of them; the last is followed by an entry without a name.
const ke_rule_file *ke_rule_files_first(void);
