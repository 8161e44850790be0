// The joint search over hosts on, strategies and placements, by the score of a Rollout.
//
// It begins with plans that are given and with the marginal choice (marginal_choice.h) for the
// hosts that are on, climbs over numbers of hosts (outer moves, each with a marginal choice of its
// own), then by small moves: a host switched, a workload answered anew by one of its strategies or
// left to wait, a fragment sent elsewhere, two fragments exchanged. In a local optimum the best
// plan is shaken and climbed from again. Hosts that look the same are tried once.
//
// The search lets work wait only at the cadence of beats, and never while a host idles that could
// do a part of it. On arrival what waits is asked about only at the next beat.
//
// Anytime: one step is one rollout, and a larger budget goes on where a smaller one ends. So
// more steps never give a worse plan, and no plan is worse than those given.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/random.h"
#include "oracle/rollout.h"

namespace scinet {

struct JudgedPlan {
  Plan plan;
  Outlook outlook;
};

struct SearchResult {
  JudgedPlan best;
  std::optional<JudgedPlan> runner_up;  // the best of the other plans that were tried
  std::int64_t steps = 0;               // rollouts; less than asked where no new plan is found
};

// `rollout` is for this view; `starts` are sound plans, at least one. At least the first is rolled
// out, whatever `steps` says.
SearchResult search_plans(const ClusterView& view, const Rollout& rollout,
                          std::span<const Plan> starts, std::int64_t steps, RandomStream random);

}  // namespace scinet
