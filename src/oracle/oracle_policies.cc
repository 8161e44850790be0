#include "oracle/oracle_policies.h"

#include <algorithm>
#include <cmath>

#include "oracle/plan_search.h"
#include "oracle/recsim.h"
#include "policy/baselines.h"
#include "policy/canonical_order.h"

namespace scinet {
namespace {

constexpr std::int64_t kHostsInFull = 64;
constexpr std::int64_t kLeastSteps = 15;

class Oracle final : public Policy {
 public:
  explicit Oracle(OracleSettings settings) : settings_(settings), starts_(oracle_starts()) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    std::vector<Plan> starts;
    for (const auto& policy : starts_) starts.push_back(policy->decide(view, context));
    // A rollout takes time in proportion to the hosts: beyond some number, fewer of them.
    const auto excess = std::max<std::int64_t>(1, std::ssize(view.hosts) / kHostsInFull);
    RolloutSettings settings = window_for(view, settings_.rollout);
    settings.futures = std::max(1, settings.futures / static_cast<int>(excess));
    const Rollout rollout(view, settings, RandomStreams(context.random.next()));
    const std::int64_t steps = std::min(
        {std::max(settings_.steps / excess, kLeastSteps), settings_.steps, context.search_steps});
    return search_plans(view, rollout, starts, steps, context.random).best.plan;
  }

 private:
  OracleSettings settings_;
  std::vector<std::unique_ptr<Policy>> starts_;
};

}  // namespace

RolloutSettings window_for(const ClusterView& view, RolloutSettings settings) {
  constexpr int kMostBeats = 20;
  Seconds longest{0};
  for (const HostView& host : view.hosts) longest = std::max(longest, view.type_of(host).boot_time);
  const double beats = settings.beats + std::ceil(longest / view.beat);
  settings.beats = std::max(settings.beats, static_cast<int>(std::min<double>(beats, kMostBeats)));
  return settings;
}

std::vector<std::unique_ptr<Policy>> oracle_starts() {
  std::vector<std::unique_ptr<Policy>> starts;
  starts.push_back(make_cosim());
  starts.push_back(make_least_loaded());
  starts.push_back(make_threshold());
  return starts;
}

std::unique_ptr<Policy> make_oracle(OracleSettings settings) {
  return in_canonical_order(std::make_unique<Oracle>(settings));
}

PolicyCatalog oracle_policies() {
  return PolicyCatalog({
      {.name = "oracle",
       .summary = "joint search over hosts, strategies and placements on the twin",
       .decides = {.provisioning = "joint search on twin rollouts",
                   .deployment = "joint search on twin rollouts",
                   .placement = "joint search on twin rollouts"},
       .source = "the oracle of SciNet (Tuli et al. 2023), as a search",
       .make = [] { return make_oracle(); }},
      {.name = "recsim",
       .summary = "a Bayesian network's score added to the twin's",
       .decides = {.provisioning = "hill climbing on both scores",
                   .deployment = "hill climbing on both scores",
                   .placement = "hill climbing on both scores"},
       .source = "a rival of the published SciNet",
       .make = make_recsim},
  });
}

}  // namespace scinet
