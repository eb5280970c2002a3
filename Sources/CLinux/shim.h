#pragma once
// What glibc has and Swift's Glibc module leaves out, and calls of the kernel that glibc has no function for.
#include <linux/landlock.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

// landlock_create_ruleset(2), of the first version: file accesses alone.
static inline int ke_landlock_create_ruleset(unsigned long long handled_access_fs) {
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled_access_fs};
    return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
}

// landlock_restrict_self(2)
static inline int ke_landlock_restrict_self(int ruleset) {
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
