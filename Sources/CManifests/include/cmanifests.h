#pragma once
#include <stddef.h>

// The files of deploy/base, built into the program: `install` needs nothing beside itself.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t length;
} ke_manifest;

// The first of them; the last is followed by an entry without a name.
const ke_manifest *ke_manifests_first(void);
