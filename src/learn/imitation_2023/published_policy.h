// scinet-2023: the network of the published paper, in its shape, as a policy. It is there to be
// compared with `scinet`, and decides for clusters of exactly 16 hosts.
#pragma once

#include <filesystem>
#include <memory>

#include "learn/weights.h"
#include "policy/catalog.h"

namespace scinet {

// Declines (imitation_policy.h) what the inputs of the network cannot say.
std::unique_ptr<Policy> make_scinet_2023(Weights weights);

// Its checkpoint is "scinet-2023.json" in the directory. One that is missing, damaged or another
// policy's is an error when the policy is made.
PolicyCatalog published_policies(const std::filesystem::path& directory);

}  // namespace scinet
