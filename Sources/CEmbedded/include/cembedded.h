#pragma once
#include <stddef.h>

// A file of the repository that is built into the programs: an agent needs no folder of rules, and a laptop can check
// rules and install without a checkout.
typedef struct {
    const char *path;
    const unsigned char *bytes;
    size_t length;
} ke_embedded_file;

// The first of them, by path; the last is followed by an entry without a path.
const ke_embedded_file *ke_embedded_files_first(void);
