// The oracle as a policy: at each decision the joint search, which starts from the plans of other
// policies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "oracle/plan_search.h"
#include "oracle/rollout.h"
#include "policy/catalog.h"

namespace scinet {

// What the oracle judges a plan by; the beats are those beyond the longest boot (window_for()).
inline constexpr RolloutSettings kOracleRollout{.beats = 2, .futures = 16, .trial = 4};

// The settings with a window that also spans the longest boot of a host, at most 20 beats: whether
// to boot one can only be judged by what comes after. Where all hosts boot at once it is one beat
// in which nothing arrives: the next decision has any hosts for what comes, while a rollout keeps
// those of the plan, and would call for more hosts than are needed.
RolloutSettings window_for(const ClusterView& view, RolloutSettings settings);

// Requests that are expected to arrive in the window of a rollout with such settings.
double requests_ahead(const ClusterView& view, const RolloutSettings& settings);

// The rollouts that the oracle judges plans of this view by. They take time in proportion to the
// hosts: from 256 on they have fewer futures in proportion.
RolloutSettings oracle_rollout(const ClusterView& view);

// QoS that a switch of such a host has to gain: a tenth of what the host takes in the window at
// full power, where it takes time to boot. Less is within the luck of the futures, and would be
// undone at one of the next decisions.
double least_gain_of_switch(const HostType& type, Seconds window, double requests,
                            const ResourcePrices& prices);

// The plan without those switches that gain less than that. One rollout a switch.
JudgedPlan without_small_switches(JudgedPlan judged, const ClusterView& view,
                                  const Rollout& rollout);

// The policies whose plans the search starts from.
std::vector<std::unique_ptr<Policy>> oracle_starts();

// With a search of at most so many steps a decision (the context may allow fewer); by default 60,
// from 256 hosts on fewer in proportion.
std::unique_ptr<Policy> make_oracle(std::optional<std::int64_t> steps = std::nullopt);

PolicyCatalog oracle_policies();

}  // namespace scinet
