// The hosts of a scenario as workers on this machine: what each of them is allowed, and the command
// that starts it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "platform/local/cgroup.h"
#include "platform/local/local_host.h"
#include "platform/local/local_settings.h"
#include "workload/scenario.h"

namespace scinet {

// One per host of the scenario, none of them started. What cannot be had on this machine is added
// to `notices`, one sentence each. kUnavailable where a directory or group cannot be made.
Result<std::vector<LocalHost>> make_local_hosts(const Scenario& scenario,
                                                const LocalSettings& settings, CgroupTree& cgroups,
                                                std::vector<std::string>& notices);

}  // namespace scinet
