// What a policy wants done, as data. Nothing happens until the plan is applied.
#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "model/cluster_view.h"

namespace scinet {

struct PowerChange {
  HostId host;
  bool on = true;
  friend bool operator==(const PowerChange&, const PowerChange&) = default;
};

struct Deployment {
  WorkloadId workload;
  StrategyId strategy;
  friend bool operator==(const Deployment&, const Deployment&) = default;
};

struct Placement {
  WorkloadId workload;
  FragmentId fragment;
  HostId host;
  friend bool operator==(const Placement&, const Placement&) = default;
};

// Leaving a whole workload waiting is an ordinary outcome, not an error. It is asked about again
// at the next decision.
struct Deferral {
  WorkloadId workload;
  std::string reason;
  friend bool operator==(const Deferral&, const Deferral&) = default;
};

struct Plan {
  std::vector<PowerChange> power;
  std::vector<Deployment> deployments;
  std::vector<Placement> placements;
  std::vector<Deferral> deferrals;
  friend bool operator==(const Plan&, const Plan&) = default;
};

// Every rule a plan must obey, checked independently of any policy:
//  - it answers only what view.asked asks;
//  - hosts, workloads, strategies and fragments that it names exist, and none is answered twice;
//  - power: only hosts that are off (or draining) are turned on, only hosts that are on or booting
//    are turned off; failed hosts are left alone;
//  - asked for placement, every workload with an unplaced task (or without a strategy) gets a host
//    for all its unplaced tasks, or a deferral with a reason, never both;
//  - a strategy is chosen only for workloads that have none, and never changed;
//  - a host that gets a task accepts work once the plan is applied, and could hold the fragment if
//    it were empty.
// Returns the broken rules in plain words; empty means the plan is sound.
std::vector<std::string> find_violations(const Plan& plan, const ClusterView& view);

// The host states that hold once the plan's power changes are applied, in order of HostId.
std::vector<HostState> states_after(const Plan& plan, const ClusterView& view);

// Whether an empty host of this type has memory for one task of the fragment and its model.
inline bool can_ever_hold(const HostType& type, const Fragment& fragment) {
  return fragment.memory + fragment.model_memory <= type.memory;
}

}  // namespace scinet
