// A scenario and its faults as a run records them.
#pragma once

#include "report/cluster_file.h"
#include "report/host_change.h"
#include "workload/scenario.h"

namespace scinet {

ClusterDescription cluster_of(const Scenario& scenario, Seconds repair_time);

HostChange change_of(const Fault& fault);

}  // namespace scinet
