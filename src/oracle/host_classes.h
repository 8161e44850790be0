// Hosts that look the same: a plan that exchanges them leads to the same.
#pragma once

#include <vector>

#include "model/cluster_view.h"

namespace scinet {

// Same type, state and history, and no task of the view is or was on them. Classes in order of
// their first host, hosts in order of id.
std::vector<std::vector<HostId>> host_classes(const ClusterView& view);

}  // namespace scinet
