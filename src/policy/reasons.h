// Why a workload has to wait, in words that say what would help. Names of host types and
// applications do not occur: renaming them changes nothing.
#pragma once

#include <string>

#include "policy/estimate.h"

namespace scinet {

// `load` has the host states that the plan leads to. `may_deploy` tells whether a strategy could
// have been chosen in this decision.
std::string reason_to_wait(const ClusterLoad& load, const WorkloadView& entry, bool may_deploy);

}  // namespace scinet
