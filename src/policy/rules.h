// Rules for one decision, to be joined by compose(). Each is in the source of the policy that it
// belongs to, where its formula and its source stand.
#pragma once

#include <memory>

#include "policy/compose.h"

namespace scinet {

// Provisioning.
std::unique_ptr<ProvisioningRule> all_on();
std::unique_ptr<ProvisioningRule> cahs_provisioning();
std::unique_ptr<ProvisioningRule> cosim_provisioning();
std::unique_ptr<ProvisioningRule> kubernetes_provisioning();
std::unique_ptr<ProvisioningRule> narya();
std::unique_ptr<ProvisioningRule> random_provisioning();
std::unique_ptr<ProvisioningRule> slurm_provisioning();
std::unique_ptr<ProvisioningRule> threshold_provisioning();
std::unique_ptr<ProvisioningRule> uahs_provisioning();

// Deployment.
std::unique_ptr<DeploymentRule> compression_only();
std::unique_ptr<DeploymentRule> cosim_deployment();
std::unique_ptr<DeploymentRule> gillis();
std::unique_ptr<DeploymentRule> layer_only();
std::unique_ptr<DeploymentRule> most_accurate_in_time();  // else the fastest
std::unique_ptr<DeploymentRule> random_deployment();
std::unique_ptr<DeploymentRule> semantic_only();
std::unique_ptr<DeploymentRule> splitplace();

// Placement.
std::unique_ptr<PlacementRule> best_fit();
std::unique_ptr<PlacementRule> cosim_placement();
std::unique_ptr<PlacementRule> earliest_finish();
std::unique_ptr<PlacementRule> kubernetes_placement();
std::unique_ptr<PlacementRule> random_placement();
std::unique_ptr<PlacementRule> slurm_placement();

}  // namespace scinet
