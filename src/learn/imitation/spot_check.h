// What a plan loses against a short search of the oracle in the same situation.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "model/cluster_view.h"
#include "model/plan.h"

namespace scinet {

struct SpotCheckSettings {
  std::int64_t steps = 12;        // of the search
  int futures = 2;                // that it searches on, and as many others that judge
  std::size_t most_open = 100;    // views with more workloads are passed by: they take long
  std::size_t most_hosts = 1024;  // and those with more hosts
  std::int64_t decisions = 100;   // between two checks; beyond 16 hosts in proportion more
};

// How many decisions lie between two checks of this view's cluster.
std::int64_t decisions_between_checks(const ClusterView& view, const SpotCheckSettings& settings);

// QoS lost, as a share of the QoS of the plan that was found. The search begins at `plan`, which is
// sound. Both are judged on futures that the search has not seen, so that its luck does not count:
// where nothing better was found this is 0, and where luck was all, below. None where the view is
// passed by.
std::optional<double> regret_of(const Plan& plan, const ClusterView& view,
                                const SpotCheckSettings& settings, RandomStream random);

}  // namespace scinet
