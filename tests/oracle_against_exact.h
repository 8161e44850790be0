// The oracle's search, the best plan of all and the bound, on one small case.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "oracle/bound.h"
#include "oracle/exact.h"
#include "oracle/plan_search.h"
#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/small_case.h"

namespace scinet {

struct OracleAgainstExact {
  double exact = 0.0;
  double oracle = 0.0;
  double cosim = 0.0;
  double bound = 0.0;
  std::int64_t steps = 0;     // of the oracle
  std::int64_t rollouts = 0;  // of the exhaustive search
};

// The search as the policy `oracle` begins it: from the plans of cosim and least-loaded.
inline SearchResult search_small_case(const ClusterView& view, const Rollout& rollout,
                                      std::int64_t steps, std::uint64_t seed) {
  const std::vector<Plan> starts{decide_once(*make_cosim(), view),
                                 decide_once(*make_least_loaded(), view)};
  return search_plans(view, rollout, starts, steps, RandomStreams(seed).stream("search"));
}

// Nothing if the case is too large for so many rollouts.
inline std::optional<OracleAgainstExact> oracle_against_exact(std::uint64_t seed,
                                                              std::int64_t steps,
                                                              std::int64_t most_rollouts) {
  const TestCluster cluster = small_case(seed);
  const Rollout rollout(cluster.view, {}, RandomStreams(seed));
  const Result<ExactPlan> best =
      find_best_plan(cluster.view, rollout, {.most_rollouts = most_rollouts});
  if (!best) return std::nullopt;
  const SearchResult found = search_small_case(cluster.view, rollout, steps, seed);
  return OracleAgainstExact{.exact = best.value().outlook.qos,
                            .oracle = found.best.outlook.qos,
                            .cosim = rollout.of(decide_once(*make_cosim(), cluster.view)).qos,
                            .bound = bound_of(cluster.view, rollout).qos,
                            .steps = found.steps,
                            .rollouts = best.value().rollouts};
}

}  // namespace scinet
