// Written by scripts/embed.
#include "cembedded.h"

static const unsigned char deploy_base_agent_yaml[] = {
#embed "../../deploy/base/agent.yaml"
};

static const unsigned char deploy_base_aggregator_yaml[] = {
#embed "../../deploy/base/aggregator.yaml"
};

static const unsigned char deploy_base_kustomization_yaml[] = {
#embed "../../deploy/base/kustomization.yaml"
};

static const unsigned char deploy_base_namespace_yaml[] = {
#embed "../../deploy/base/namespace.yaml"
};

static const unsigned char deploy_base_networkpolicy_yaml[] = {
#embed "../../deploy/base/networkpolicy.yaml"
};

static const unsigned char deploy_base_rbac_yaml[] = {
#embed "../../deploy/base/rbac.yaml"
};

static const unsigned char rules_checks_agents_yaml[] = {
#embed "../../rules/checks/agents.yaml"
};

static const unsigned char rules_checks_certificates_yaml[] = {
#embed "../../rules/checks/certificates.yaml"
};

static const unsigned char rules_checks_control_plane_yaml[] = {
#embed "../../rules/checks/control-plane.yaml"
};

static const unsigned char rules_checks_mechanisms_yaml[] = {
#embed "../../rules/checks/mechanisms.yaml"
};

static const unsigned char rules_checks_node_logs_yaml[] = {
#embed "../../rules/checks/node-logs.yaml"
};

static const unsigned char rules_checks_nodes_yaml[] = {
#embed "../../rules/checks/nodes.yaml"
};

static const unsigned char rules_checks_pods_yaml[] = {
#embed "../../rules/checks/pods.yaml"
};

static const unsigned char rules_checks_workloads_yaml[] = {
#embed "../../rules/checks/workloads.yaml"
};

static const unsigned char rules_healthy_kernel_log[] = {
#embed "../../rules/healthy/kernel.log"
};

static const unsigned char rules_healthy_services_log[] = {
#embed "../../rules/healthy/services.log"
};

static const unsigned char rules_hosts_yaml[] = {
#embed "../../rules/hosts.yaml"
};

static const unsigned char rules_logs_certificates_yaml[] = {
#embed "../../rules/logs/certificates.yaml"
};

static const unsigned char rules_logs_controlplane_yaml[] = {
#embed "../../rules/logs/controlplane.yaml"
};

static const unsigned char rules_logs_drill_yaml[] = {
#embed "../../rules/logs/drill.yaml"
};

static const unsigned char rules_logs_gpu_yaml[] = {
#embed "../../rules/logs/gpu.yaml"
};

static const unsigned char rules_logs_hardware_yaml[] = {
#embed "../../rules/logs/hardware.yaml"
};

static const unsigned char rules_logs_kernel_yaml[] = {
#embed "../../rules/logs/kernel.yaml"
};

static const unsigned char rules_logs_kubelet_yaml[] = {
#embed "../../rules/logs/kubelet.yaml"
};

static const unsigned char rules_logs_limits_yaml[] = {
#embed "../../rules/logs/limits.yaml"
};

static const unsigned char rules_logs_memory_yaml[] = {
#embed "../../rules/logs/memory.yaml"
};

static const unsigned char rules_logs_network_yaml[] = {
#embed "../../rules/logs/network.yaml"
};

static const unsigned char rules_logs_runtime_yaml[] = {
#embed "../../rules/logs/runtime.yaml"
};

static const unsigned char rules_logs_storage_yaml[] = {
#embed "../../rules/logs/storage.yaml"
};

static const unsigned char rules_logs_systemd_yaml[] = {
#embed "../../rules/logs/systemd.yaml"
};

static const unsigned char rules_logs_time_yaml[] = {
#embed "../../rules/logs/time.yaml"
};

static const unsigned char rules_workloads_access_yaml[] = {
#embed "../../rules/workloads/access.yaml"
};

static const unsigned char rules_workloads_efficiency_yaml[] = {
#embed "../../rules/workloads/efficiency.yaml"
};

static const unsigned char rules_workloads_registry_yaml[] = {
#embed "../../rules/workloads/registry.yaml"
};

static const unsigned char rules_workloads_reliability_yaml[] = {
#embed "../../rules/workloads/reliability.yaml"
};

static const unsigned char rules_workloads_security_yaml[] = {
#embed "../../rules/workloads/security.yaml"
};

static const ke_embedded_file all[] = {
    {"deploy/base/agent.yaml", deploy_base_agent_yaml, sizeof deploy_base_agent_yaml},
    {"deploy/base/aggregator.yaml", deploy_base_aggregator_yaml, sizeof deploy_base_aggregator_yaml},
    {"deploy/base/kustomization.yaml", deploy_base_kustomization_yaml, sizeof deploy_base_kustomization_yaml},
    {"deploy/base/namespace.yaml", deploy_base_namespace_yaml, sizeof deploy_base_namespace_yaml},
    {"deploy/base/networkpolicy.yaml", deploy_base_networkpolicy_yaml, sizeof deploy_base_networkpolicy_yaml},
    {"deploy/base/rbac.yaml", deploy_base_rbac_yaml, sizeof deploy_base_rbac_yaml},
    {"rules/checks/agents.yaml", rules_checks_agents_yaml, sizeof rules_checks_agents_yaml},
    {"rules/checks/certificates.yaml", rules_checks_certificates_yaml, sizeof rules_checks_certificates_yaml},
    {"rules/checks/control-plane.yaml", rules_checks_control_plane_yaml, sizeof rules_checks_control_plane_yaml},
    {"rules/checks/mechanisms.yaml", rules_checks_mechanisms_yaml, sizeof rules_checks_mechanisms_yaml},
    {"rules/checks/node-logs.yaml", rules_checks_node_logs_yaml, sizeof rules_checks_node_logs_yaml},
    {"rules/checks/nodes.yaml", rules_checks_nodes_yaml, sizeof rules_checks_nodes_yaml},
    {"rules/checks/pods.yaml", rules_checks_pods_yaml, sizeof rules_checks_pods_yaml},
    {"rules/checks/workloads.yaml", rules_checks_workloads_yaml, sizeof rules_checks_workloads_yaml},
    {"rules/healthy/kernel.log", rules_healthy_kernel_log, sizeof rules_healthy_kernel_log},
    {"rules/healthy/services.log", rules_healthy_services_log, sizeof rules_healthy_services_log},
    {"rules/hosts.yaml", rules_hosts_yaml, sizeof rules_hosts_yaml},
    {"rules/logs/certificates.yaml", rules_logs_certificates_yaml, sizeof rules_logs_certificates_yaml},
    {"rules/logs/controlplane.yaml", rules_logs_controlplane_yaml, sizeof rules_logs_controlplane_yaml},
    {"rules/logs/drill.yaml", rules_logs_drill_yaml, sizeof rules_logs_drill_yaml},
    {"rules/logs/gpu.yaml", rules_logs_gpu_yaml, sizeof rules_logs_gpu_yaml},
    {"rules/logs/hardware.yaml", rules_logs_hardware_yaml, sizeof rules_logs_hardware_yaml},
    {"rules/logs/kernel.yaml", rules_logs_kernel_yaml, sizeof rules_logs_kernel_yaml},
    {"rules/logs/kubelet.yaml", rules_logs_kubelet_yaml, sizeof rules_logs_kubelet_yaml},
    {"rules/logs/limits.yaml", rules_logs_limits_yaml, sizeof rules_logs_limits_yaml},
    {"rules/logs/memory.yaml", rules_logs_memory_yaml, sizeof rules_logs_memory_yaml},
    {"rules/logs/network.yaml", rules_logs_network_yaml, sizeof rules_logs_network_yaml},
    {"rules/logs/runtime.yaml", rules_logs_runtime_yaml, sizeof rules_logs_runtime_yaml},
    {"rules/logs/storage.yaml", rules_logs_storage_yaml, sizeof rules_logs_storage_yaml},
    {"rules/logs/systemd.yaml", rules_logs_systemd_yaml, sizeof rules_logs_systemd_yaml},
    {"rules/logs/time.yaml", rules_logs_time_yaml, sizeof rules_logs_time_yaml},
    {"rules/workloads/access.yaml", rules_workloads_access_yaml, sizeof rules_workloads_access_yaml},
    {"rules/workloads/efficiency.yaml", rules_workloads_efficiency_yaml, sizeof rules_workloads_efficiency_yaml},
    {"rules/workloads/registry.yaml", rules_workloads_registry_yaml, sizeof rules_workloads_registry_yaml},
    {"rules/workloads/reliability.yaml", rules_workloads_reliability_yaml, sizeof rules_workloads_reliability_yaml},
    {"rules/workloads/security.yaml", rules_workloads_security_yaml, sizeof rules_workloads_security_yaml},
    {NULL, NULL, 0},
};

const ke_embedded_file *ke_embedded_files_first(void) { return all; }
