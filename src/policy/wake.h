// What every provisioning decision must leave behind, whatever rule took it.
#pragma once

#include <vector>

#include "model/plan.h"

namespace scinet {

// Changes `power` so that afterwards work can be sent to at least one host, and every waiting
// workload has such hosts that can hold its fragments - as far as hosts that have neither failed
// nor lost their link allow. Prefers to leave a host on, then to call back a draining one, then to
// boot the cheapest.
void keep_work_served(std::vector<PowerChange>& power, const ClusterView& view);

}  // namespace scinet
