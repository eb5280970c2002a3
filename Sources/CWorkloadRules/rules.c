#include "cworkloadrules.h"

static const unsigned char reliability[] = {
#embed "../../rules/workloads/reliability.yaml"
};
static const unsigned char efficiency[] = {
#embed "../../rules/workloads/efficiency.yaml"
};
static const unsigned char security[] = {
#embed "../../rules/workloads/security.yaml"
};
static const unsigned char registry[] = {
#embed "../../rules/workloads/registry.yaml"
};
static const unsigned char access[] = {
#embed "../../rules/workloads/access.yaml"
};

static const ke_workload_rules all[] = {
    {"reliability.yaml", reliability, sizeof reliability}, {"efficiency.yaml", efficiency, sizeof efficiency},
    {"security.yaml", security, sizeof security},          {"registry.yaml", registry, sizeof registry},
    {"access.yaml", access, sizeof access},                {NULL, NULL, 0},
};

const ke_workload_rules *ke_workload_rules_first(void) { return all; }
