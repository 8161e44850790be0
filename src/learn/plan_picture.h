// A plan as numbers for a network: one row for each host, for each task that the plan places, for
// each pair of a task and a host that it may go to, and for the plan as a whole. No row says which
// host it is about other than by what the host is and does, so the order of hosts means nothing and
// one network serves any cluster and any application.
//
// Times are taken relative to the SLO, work relative to speed, memory and money relative to the
// host's or the cluster's, and what has no upper end as log(1 + x).
#pragma once

#include <span>
#include <vector>

#include "learn/tape.h"
#include "model/plan.h"
#include "policy/estimate.h"

namespace scinet {

inline constexpr Eigen::Index kHostFeatures = 16;
inline constexpr Eigen::Index kTaskFeatures = 7;
inline constexpr Eigen::Index kPairFeatures = 5;
inline constexpr Eigen::Index kPairLoads = 4;  // what a task puts on a host
inline constexpr Eigen::Index kPlanFeatures = 13;

// Several plans, of one view or of many, below each other.
struct PlanPictures {
  Matrix hosts;  // [hosts of all plans, kHostFeatures], with the plan's power and without its tasks
  Matrix tasks;  // [tasks of all plans, kTaskFeatures]
  Matrix pairs;  // [pairs, kPairFeatures]
  Matrix loads;  // [pairs, kPairLoads]
  Matrix plans;  // [plans, kPlanFeatures]
  Rows plan_of_host;
  Rows plan_of_task;
  Rows task_of_pair;
  Rows host_of_pair;

  void append(const PlanPictures& more);
};

// A task that a plan places, and the hosts that are considered for it.
struct PlacedTask {
  const WorkloadView* entry = nullptr;  // borrowed
  StrategyId strategy;
  FragmentId fragment;
  std::vector<HostId> hosts;  // at least one; of a finished plan the chosen one
};

// `load` has the host states after the plan and none of its tasks.
PlanPictures picture_of(const ClusterLoad& load, std::span<const PlacedTask> tasks,
                        std::size_t deferred);
// Of a sound plan for the view.
PlanPictures picture_of(const ClusterView& view, const Plan& plan);

// The tasks of a sound plan, in order of its placements.
std::vector<PlacedTask> tasks_of(const ClusterView& view, const Plan& plan);

}  // namespace scinet
