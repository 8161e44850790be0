// The best plan of all, by the score of a Rollout: what every search is measured against, for
// cases small enough.
//
// All plans means: every set of hosts that have not failed switched on or off, as long as work is
// kept served (policy/wake.h), and for every workload that waits each strategy that it can get with
// each choice of hosts (policy/joint_decision.h), or a deferral. Two things are left out, and
// neither can lose the best score:
//  - of plans that differ only in which of several hosts that look the same does what, all but one;
//  - plans whose first choices already lose too much, even if all the rest goes as well as it
//    could (loss_floor.h), to be better than a plan that is known.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/plan.h"
#include "oracle/rollout.h"

namespace scinet {

struct ExactSettings {
  std::int64_t most_rollouts = 200'000;
};

struct ExactPlan {
  Plan plan;
  Outlook outlook;
  double plans_log10 = 0.0;   // how many there are about, before anything is left out
  std::int64_t rollouts = 0;  // plans that were rolled out
};

// `rollout` is for this view. kTooLarge when more than `most_rollouts` plans would have to be
// rolled out, or many times as many beginnings of plans would have to be judged.
Result<ExactPlan> find_best_plan(const ClusterView& view, const Rollout& rollout,
                                 const ExactSettings& settings = {});

}  // namespace scinet
