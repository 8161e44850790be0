#include "oracle/oracle_policies.h"

#include <algorithm>
#include <cmath>

#include "oracle/plan_search.h"
#include "oracle/recsim.h"
#include "policy/baselines.h"
#include "policy/canonical_order.h"
#include "policy/expected_demand.h"
#include "policy/joint_decision.h"

namespace scinet {
namespace {

// How many times less is played of a large cluster.
std::int64_t thinning(const ClusterView& view) {
  constexpr std::int64_t kHostsInFull = 128;
  return std::max<std::int64_t>(1, std::ssize(view.hosts) / kHostsInFull);
}

std::int64_t usual_steps(const ClusterView& view) {
  constexpr std::int64_t kSteps = 60;
  constexpr std::int64_t kFewest = 15;
  return std::max(kSteps / thinning(view), kFewest);
}

class Oracle final : public Policy {
 public:
  explicit Oracle(std::optional<std::int64_t> steps) : steps_(steps), starts_(oracle_starts()) {}

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    std::vector<Plan> starts;
    for (const auto& policy : starts_) starts.push_back(policy->decide(view, context));
    const Rollout rollout(view, oracle_rollout(view), RandomStreams(context.random.next()));
    const std::int64_t steps = std::min(steps_ ? *steps_ : usual_steps(view), context.search_steps);
    SearchResult found = search_plans(view, rollout, starts, steps, context.random);
    return without_small_switches(std::move(found.best), view, rollout).plan;
  }

 private:
  std::optional<std::int64_t> steps_;
  std::vector<std::unique_ptr<Policy>> starts_;
};

}  // namespace

RolloutSettings window_for(const ClusterView& view, RolloutSettings settings) {
  constexpr int kMostBeats = 20;
  Seconds longest{0};
  for (const HostView& host : view.hosts) longest = std::max(longest, view.type_of(host).boot_time);
  if (longest <= Seconds(0)) {
    settings.beats = 1;
    settings.arrivals = false;
    return settings;
  }
  const double beats = settings.beats + std::ceil(longest / view.beat);
  settings.beats = std::max(settings.beats, static_cast<int>(std::min<double>(beats, kMostBeats)));
  return settings;
}

RolloutSettings oracle_rollout(const ClusterView& view) {
  RolloutSettings settings = window_for(view, kOracleRollout);
  const int thinned = static_cast<int>(thinning(view));
  settings.futures = std::max(1, settings.futures / thinned);
  settings.trial = std::max(1, settings.trial / thinned);
  return settings;
}

double requests_ahead(const ClusterView& view, const RolloutSettings& settings) {
  return settings.arrivals ? total_arrival_rate(view) * (settings.beats * view.beat.count()) : 0.0;
}

double least_gain_of_switch(const HostType& type, Seconds window, double requests,
                            const ResourcePrices& prices) {
  constexpr double kShare = 0.1;
  if (type.boots_at_once() || requests <= 0.0) return 0.0;
  const double taken = prices.joule * (type.power.peak() * window).value() +
                       prices.dollar * (type.price * window).value();
  return kShare * taken / requests;
}

JudgedPlan without_small_switches(JudgedPlan judged, const ClusterView& view,
                                  const Rollout& rollout) {
  const DecisionSpace space(view);
  const std::vector<PowerChange> changes = judged.plan.power;
  for (const auto& [host, on] : changes) {
    const HostType& type = view.type_of(view.host(host));
    if (type.boots_at_once()) continue;
    JointDecision decision = space.decision_of(judged.plan);
    decision.on[host.value] = !on;
    Plan plan = space.plan_of(decision);
    // A host that stays on may not idle while work waits.
    if (plan == judged.plan || (!on && !plan.deferrals.empty())) continue;
    const Outlook outlook = rollout.of(plan);
    const double least =
        least_gain_of_switch(type, rollout.window(), rollout.requests(), rollout.prices());
    if (outlook.qos + least > judged.outlook.qos) {
      judged = {std::move(plan), outlook};
    }
  }
  return judged;
}

std::vector<std::unique_ptr<Policy>> oracle_starts() {
  std::vector<std::unique_ptr<Policy>> starts;
  starts.push_back(make_cosim());
  starts.push_back(make_least_loaded());
  starts.push_back(make_threshold());
  return starts;
}

std::unique_ptr<Policy> make_oracle(std::optional<std::int64_t> steps) {
  return in_canonical_order(expecting_demand(std::make_unique<Oracle>(steps)));
}

PolicyCatalog oracle_policies() {
  return PolicyCatalog({
      {.name = "oracle",
       .summary = "joint search over hosts, strategies and placements on the twin",
       .decides = {.provisioning = "joint search on twin rollouts",
                   .deployment = "joint search on twin rollouts",
                   .placement = "joint search on twin rollouts"},
       .source = "the oracle of SciNet (Tuli et al. 2023), as a search",
       .make = [] { return make_oracle(); },
       .make_with_steps = [](std::int64_t steps) { return make_oracle(steps); }},
      {.name = "recsim",
       .summary = "a Bayesian network's score added to the twin's",
       .decides = {.provisioning = "hill climbing on both scores",
                   .deployment = "hill climbing on both scores",
                   .placement = "hill climbing on both scores"},
       .source = "a rival of the published SciNet",
       .make = [] { return expecting_demand(make_recsim()); }},
  });
}

}  // namespace scinet
