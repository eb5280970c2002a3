#pragma once
// What glibc has and Swift's Glibc module leaves out.
#include <sys/timex.h>
