// Rules that more than one policy uses.
#pragma once

#include <memory>

#include "policy/compose.h"

namespace scinet {

// Deployment: of the strategies expected to meet the SLO the most accurate, else the fastest.
std::unique_ptr<DeploymentRule> most_accurate_in_time();

// Placement: the host that is expected to finish the fragment first.
std::unique_ptr<PlacementRule> earliest_finish();

}  // namespace scinet
