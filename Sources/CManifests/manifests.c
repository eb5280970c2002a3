#include "cmanifests.h"

static const unsigned char namespace_file[] = {
#embed "../../deploy/base/namespace.yaml"
};
static const unsigned char rbac_file[] = {
#embed "../../deploy/base/rbac.yaml"
};
static const unsigned char agent_file[] = {
#embed "../../deploy/base/agent.yaml"
};
static const unsigned char aggregator_file[] = {
#embed "../../deploy/base/aggregator.yaml"
};
static const unsigned char networkpolicy_file[] = {
#embed "../../deploy/base/networkpolicy.yaml"
};

// In the order in which they are applied.
static const ke_manifest all[] = {
    {"namespace.yaml", namespace_file, sizeof namespace_file},
    {"rbac.yaml", rbac_file, sizeof rbac_file},
    {"agent.yaml", agent_file, sizeof agent_file},
    {"aggregator.yaml", aggregator_file, sizeof aggregator_file},
    {"networkpolicy.yaml", networkpolicy_file, sizeof networkpolicy_file},
    {NULL, NULL, 0},
};

const ke_manifest *ke_manifests_first(void) { return all; }
