#include "crulepacks.h"

static const unsigned char certificates_pack[] = {
#embed "../../rules/certificates.yaml"
};
static const unsigned char controlplane_pack[] = {
#embed "../../rules/controlplane.yaml"
};
static const unsigned char drill_pack[] = {
#embed "../../rules/drill.yaml"
};
static const unsigned char gpu_pack[] = {
#embed "../../rules/gpu.yaml"
};
static const unsigned char hardware_pack[] = {
#embed "../../rules/hardware.yaml"
};
static const unsigned char kernel_pack[] = {
#embed "../../rules/kernel.yaml"
};
static const unsigned char kubelet_pack[] = {
#embed "../../rules/kubelet.yaml"
};
static const unsigned char limits_pack[] = {
#embed "../../rules/limits.yaml"
};
static const unsigned char memory_pack[] = {
#embed "../../rules/memory.yaml"
};
static const unsigned char network_pack[] = {
#embed "../../rules/network.yaml"
};
static const unsigned char runtime_pack[] = {
#embed "../../rules/runtime.yaml"
};
static const unsigned char storage_pack[] = {
#embed "../../rules/storage.yaml"
};
static const unsigned char systemd_pack[] = {
#embed "../../rules/systemd.yaml"
};
static const unsigned char time_pack[] = {
#embed "../../rules/time.yaml"
};
static const unsigned char hosts[] = {
#embed "../../rules/hosts.yaml"
};
static const unsigned char healthy_kernel[] = {
#embed "../../rules/healthy/kernel.log"
};
static const unsigned char healthy_services[] = {
#embed "../../rules/healthy/services.log"
};

static const ke_rule_file all[] = {
    {"certificates.yaml", certificates_pack, sizeof certificates_pack},
    {"controlplane.yaml", controlplane_pack, sizeof controlplane_pack},
    {"drill.yaml", drill_pack, sizeof drill_pack},
    {"gpu.yaml", gpu_pack, sizeof gpu_pack},
    {"hardware.yaml", hardware_pack, sizeof hardware_pack},
    {"kernel.yaml", kernel_pack, sizeof kernel_pack},
    {"kubelet.yaml", kubelet_pack, sizeof kubelet_pack},
    {"limits.yaml", limits_pack, sizeof limits_pack},
    {"memory.yaml", memory_pack, sizeof memory_pack},
    {"network.yaml", network_pack, sizeof network_pack},
    {"runtime.yaml", runtime_pack, sizeof runtime_pack},
    {"storage.yaml", storage_pack, sizeof storage_pack},
    {"systemd.yaml", systemd_pack, sizeof systemd_pack},
    {"time.yaml", time_pack, sizeof time_pack},
    {"hosts.yaml", hosts, sizeof hosts},
    {"healthy/kernel.log", healthy_kernel, sizeof healthy_kernel},
    {"healthy/services.log", healthy_services, sizeof healthy_services},
    {NULL, NULL, 0},
};

const ke_rule_file *ke_rule_files_first(void) { return all; }
