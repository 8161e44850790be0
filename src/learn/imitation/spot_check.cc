#include "learn/imitation/spot_check.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "oracle/oracle_policies.h"
#include "oracle/plan_search.h"

namespace scinet {

std::int64_t decisions_between_checks(const ClusterView& view, const SpotCheckSettings& settings) {
  constexpr std::int64_t kHosts = 16;
  return settings.decisions * std::max<std::int64_t>(std::ssize(view.hosts), kHosts) / kHosts;
}

std::optional<double> regret_of(const Plan& plan, const ClusterView& view,
                                const SpotCheckSettings& settings, RandomStream random) {
  if (view.workloads.size() > settings.most_open || view.hosts.size() > settings.most_hosts) {
    return std::nullopt;
  }
  const RolloutSettings window = window_for(view, {.beats = 2, .futures = settings.futures});
  const Rollout seen(view, window, RandomStreams(random.next()));
  const Rollout others(view, window, RandomStreams(random.next()));
  const std::array starts{plan};
  const Plan found = search_plans(view, seen, starts, settings.steps, random).best.plan;
  if (found == plan) return 0.0;
  const double best = others.of(found).qos;
  return best > 0.0 ? 1.0 - others.of(plan).qos / best : 0.0;
}

}  // namespace scinet
