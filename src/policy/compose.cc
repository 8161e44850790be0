#include "policy/compose.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "policy/first_to_finish.h"
#include "policy/reasons.h"
#include "policy/rules.h"
#include "policy/wake.h"

namespace scinet {
namespace {

using HostTest = bool (*)(const HostLoad&);

std::vector<const HostLoad*> hosts_for(const ClusterLoad& load, const Fragment& fragment,
                                       HostTest usable) {
  std::vector<const HostLoad*> hosts;
  for (const HostLoad& host : load.hosts()) {
    if (usable(host) && can_ever_hold(*host.type, fragment)) hosts.push_back(&host);
  }
  return hosts;
}

struct Trial {
  std::vector<Placement> placements;
  Seconds finish{0};
};

// One decision: the plan so far and the load that it leads to.
class Decision {
 public:
  Decision(const ClusterView& view, DecisionContext& context)
      : view_(view), context_(context), load_(view) {}

  void provision(ProvisioningRule& rule) {
    plan_.power = rule.choose(load_, context_);
    keep_work_served(plan_.power, view_);
    load_.set_states(states_after(plan_, view_));
  }

  // Strategy and hosts for one workload, or a deferral.
  void answer(const WorkloadView& entry, DeploymentRule& deployment, PlacementRule& placement) {
    for (const StrategyId strategy : strategies_to_try(entry, deployment)) {
      const auto trial = try_strategy(entry, strategy, placement, can_get_work);
      if (!trial) continue;
      if (!entry.strategy) plan_.deployments.push_back({entry.workload.id, strategy});
      for (const Placement& chosen : trial->placements) {
        const ModelId model{entry.workload.application, strategy, chosen.fragment};
        load_.place(chosen.host, model);
        if (first_) first_->placed(chosen.host, model);
        plan_.placements.push_back(chosen);
      }
      return;
    }
    plan_.deferrals.push_back(
        {entry.workload.id, reason_to_wait(load_, entry, view_.asked.deployment)});
  }

  // A strategy alone: hosts are somebody else's decision, so one that is off or out of reach now
  // counts as well.
  void deploy(const WorkloadView& entry, DeploymentRule& deployment) {
    const auto not_failed = [](const HostLoad& host) { return host.state != HostState::kFailed; };
    const auto options = ranked_options(entry, deployment, not_failed);
    if (!options.empty()) plan_.deployments.push_back({entry.workload.id, options.front()});
  }

  Plan take_plan() { return std::move(plan_); }

 private:
  static bool can_get_work(const HostLoad& host) { return host.can_get_work(); }

  std::vector<StrategyId> strategies_to_try(const WorkloadView& entry, DeploymentRule& deployment) {
    if (entry.strategy) return {*entry.strategy};
    if (!view_.asked.deployment) return {};
    return ranked_options(entry, deployment, can_get_work);
  }

  std::vector<StrategyId> ranked_options(const WorkloadView& entry, DeploymentRule& deployment,
                                         HostTest usable) {
    const auto& strategies = view_.catalogue->at(entry.workload.application).strategies;
    std::vector<StrategyOption> options;
    for (std::uint32_t i = 0; i < strategies.size(); ++i) {
      const auto trial = try_strategy(entry, StrategyId{i}, *earliest_, usable);
      if (trial) options.push_back({StrategyId{i}, strategies[i].accuracy, trial->finish});
    }
    const Seconds slack = entry.workload.slo - age(entry.workload, view_.now);
    deployment.rank(options, {load_, entry, usable, slack}, context_);
    std::vector<StrategyId> ranked;
    for (const StrategyOption& option : options) ranked.push_back(option.strategy);
    return ranked;
  }

  // Hosts for the fragments that have none; nothing if one of them finds no host. Branches of one
  // workload see each other's load, and the load is as before on return.
  std::optional<Trial> try_strategy(const WorkloadView& entry, StrategyId strategy,
                                    PlacementRule& rule, HostTest usable) {
    Route route(load_, entry, strategy);
    std::vector<Placement> placements;
    std::vector<HostLoad> before;
    std::vector<HostId> visited;
    bool is_complete = true;
    for (std::uint32_t i = 0; i < route.strategy().fragments.size() && is_complete; ++i) {
      const FragmentId fragment{i};
      if (route.is_placed(fragment)) {
        route.keep(fragment);
        visited.push_back(*entry.tasks[i].host);
        continue;
      }
      const auto candidates = rule.takes_first_to_finish() && usable == can_get_work
                                  ? first_to_finish().list(route.model(fragment), visited)
                                  : hosts_for(load_, route.strategy().fragments[i], usable);
      const auto host =
          candidates.empty() ? std::nullopt : rule.choose(route, fragment, candidates, context_);
      is_complete = host.has_value();
      if (!host) continue;
      route.assign(fragment, *host);
      visited.push_back(*host);
      before.push_back(load_.at(*host));
      load_.place(*host, route.model(fragment));
      placements.push_back({entry.workload.id, fragment, *host});
    }
    while (!before.empty()) {
      load_.restore(std::move(before.back()));
      before.pop_back();
    }
    if (!is_complete) return std::nullopt;
    return Trial{std::move(placements), route.finish()};
  }

  FirstToFinish& first_to_finish() {
    if (!first_) first_.emplace(load_);
    return *first_;
  }

  const ClusterView& view_;
  DecisionContext& context_;
  ClusterLoad load_;
  std::optional<FirstToFinish> first_;  // once host states are settled
  std::unique_ptr<PlacementRule> earliest_ = earliest_finish();
  Plan plan_;
};

class ComposedPolicy final : public Policy {
 public:
  ComposedPolicy(std::unique_ptr<ProvisioningRule> provisioning,
                 std::unique_ptr<DeploymentRule> deployment,
                 std::unique_ptr<PlacementRule> placement)
      : provisioning_(std::move(provisioning)),
        deployment_(std::move(deployment)),
        placement_(std::move(placement)) {
    for (Rule* rule :
         std::initializer_list<Rule*>{provisioning_.get(), deployment_.get(), placement_.get()}) {
      if (rule->learns()) learners_.push_back(rule);
    }
  }

  Plan decide(const ClusterView& view, DecisionContext& context) override {
    if (learners_.empty()) return plan_for(view, context);
    const std::vector<Outcome> outcomes = tracker_.update(view);
    for (Rule* rule : learners_) rule->observe(view, outcomes, context);
    Plan plan = plan_for(view, context);
    tracker_.note(plan);
    return plan;
  }

 private:
  Plan plan_for(const ClusterView& view, DecisionContext& context) {
    Decision decision(view, context);
    if (view.asked.provisioning) decision.provision(*provisioning_);
    for (const WorkloadView& entry : view.workloads) {
      if (view.asked.placement && is_waiting(entry)) {
        decision.answer(entry, *deployment_, *placement_);
      } else if (view.asked.deployment && !entry.strategy) {
        decision.deploy(entry, *deployment_);
      }
    }
    Plan plan = decision.take_plan();
    if (!plan.placements.empty()) placement_->rearrange(plan, view, context);
    return plan;
  }

  std::unique_ptr<ProvisioningRule> provisioning_;
  std::unique_ptr<DeploymentRule> deployment_;
  std::unique_ptr<PlacementRule> placement_;
  std::vector<Rule*> learners_;  // of the three
  OutcomeTracker tracker_;
};

}  // namespace

std::vector<const HostLoad*> DeploymentCase::hosts_for(const Fragment& fragment) const {
  return scinet::hosts_for(load, fragment, usable);
}

std::unique_ptr<Policy> compose(std::unique_ptr<ProvisioningRule> provisioning,
                                std::unique_ptr<DeploymentRule> deployment,
                                std::unique_ptr<PlacementRule> placement) {
  return std::make_unique<ComposedPolicy>(std::move(provisioning), std::move(deployment),
                                          std::move(placement));
}

}  // namespace scinet
