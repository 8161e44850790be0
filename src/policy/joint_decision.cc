#include "policy/joint_decision.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "policy/reasons.h"
#include "policy/route.h"
#include "policy/wake.h"

namespace scinet {
namespace {

// Whether a fragment may be sent to the host by some answer to what is asked.
bool can_be_used(const HostView& host, const DecisionsAsked& asked) {
  if (host.state == HostState::kFailed) return false;
  if (!asked.placement) return true;
  return host.linked && (asked.provisioning || accepts_work(host.state));
}

// Writes the plan of one decision. Load is estimated only once a fragment has to be sent elsewhere
// than the decision says, since most decisions of a search can be followed to the letter.
class PlanWriter {
 public:
  PlanWriter(const DecisionSpace& space, const JointDecision& decision)
      : space_(space), view_(space.view()), decision_(decision) {}

  Plan write() {
    if (view_.asked.provisioning) write_power();
    after_ = states_after(plan_, view_);
    for (std::size_t i = 0; i < space_.waiting().size(); ++i) {
      view_.asked.placement ? answer(i) : deploy(i);
    }
    return std::move(plan_);
  }

 private:
  struct Hosts {
    std::vector<Placement> placements;
    Seconds finish{0};
  };

  void write_power() {
    for (const HostId id : space_.switchable()) {
      const bool is_on = accepts_work(view_.host(id).state);
      if (decision_.on[id.value] != is_on) plan_.power.push_back({id, !is_on});
    }
    keep_work_served(plan_.power, view_);
  }

  void deploy(std::size_t i) {
    const auto& choice = decision_.choices[i];
    if (!choice || !is_possible(i, choice->strategy)) return;
    plan_.deployments.push_back({space_.waiting()[i]->workload.id, choice->strategy});
  }

  void answer(std::size_t i) {
    const WorkloadView& entry = *space_.waiting()[i];
    const auto& choice = decision_.choices[i];
    if (!choice) return defer(i);
    if (is_possible(i, choice->strategy)) {
      if (auto placements = as_decided(entry, *choice)) {
        return accept(entry, choice->strategy, std::move(*placements));
      }
      if (auto hosts = nearest(entry, choice->strategy, choice->hosts)) {
        return accept(entry, choice->strategy, std::move(hosts->placements));
      }
    }
    if (auto other = first_of_all(i)) {
      return accept(entry, other->first, std::move(other->second.placements));
    }
    defer(i);
  }

  bool is_possible(std::size_t i, StrategyId strategy) const {
    return std::ranges::find(space_.strategies(i), strategy) != space_.strategies(i).end();
  }

  bool can_take(HostId host, const Fragment& fragment) const {
    return host.value < after_.size() && accepts_work(after_[host.value]) &&
           view_.host(host).linked && can_ever_hold(view_.type_of(view_.host(host)), fragment);
  }

  // Nothing if a host that the decision names is missing or cannot take its fragment.
  std::optional<std::vector<Placement>> as_decided(const WorkloadView& entry,
                                                   const WorkloadChoice& choice) const {
    const Strategy& strategy = view_.catalogue->at(entry.workload.application, choice.strategy);
    std::vector<Placement> placements;
    for (std::uint32_t i = 0; i < strategy.fragments.size(); ++i) {
      if (!needs_host(entry, i)) continue;
      const bool is_there =
          i < choice.hosts.size() && can_take(choice.hosts[i], strategy.fragments[i]);
      if (!is_there) return std::nullopt;
      placements.push_back({entry.workload.id, FragmentId{i}, choice.hosts[i]});
    }
    return placements;
  }

  // The hosts wished for where they can take their fragments, elsewhere the first to finish.
  // Nothing if a fragment has no host. The load is as before on return.
  std::optional<Hosts> nearest(const WorkloadView& entry, StrategyId strategy,
                               const std::vector<HostId>& wishes) {
    Route route(load(), entry, strategy);
    Hosts hosts;
    std::vector<HostLoad> before;
    bool is_complete = true;
    for (std::uint32_t i = 0; i < route.strategy().fragments.size() && is_complete; ++i) {
      const FragmentId fragment{i};
      if (!needs_host(entry, i)) {
        route.keep(fragment);
        continue;
      }
      const bool is_granted =
          i < wishes.size() && can_take(wishes[i], route.strategy().fragments[i]);
      const auto host = is_granted ? wishes[i] : first_to_finish(route, fragment);
      is_complete = host.has_value();
      if (!host) continue;
      route.assign(fragment, *host);
      before.push_back(load().at(*host));
      load().place(*host, route.model(fragment));
      hosts.placements.push_back({entry.workload.id, fragment, *host});
    }
    while (!before.empty()) {
      load().restore(std::move(before.back()));
      before.pop_back();
    }
    if (!is_complete) return std::nullopt;
    hosts.finish = route.finish();
    return hosts;
  }

  std::optional<HostId> first_to_finish(const Route& route, FragmentId fragment) {
    const Fragment& what = route.strategy().fragments[fragment.value];
    const HostLoad* first = nullptr;
    Seconds earliest{0};
    for (const HostId id : space_.hosts_for(what)) {
      if (!can_take(id, what)) continue;
      const HostLoad& host = load().at(id);
      const Seconds finish = route.finish_on(host, fragment);
      if (first &&
          (finish > earliest || (finish == earliest && tie_break(host) > tie_break(*first)))) {
        continue;
      }
      first = &host;
      earliest = finish;
    }
    return first ? std::optional(first->id()) : std::nullopt;
  }

  // The strategy that finishes first; of these the most accurate.
  std::optional<std::pair<StrategyId, Hosts>> first_of_all(std::size_t i) {
    const WorkloadView& entry = *space_.waiting()[i];
    std::optional<std::pair<StrategyId, Hosts>> first;
    const auto rank = [&](StrategyId strategy, const Hosts& hosts) {
      return std::tuple(hosts.finish,
                        -view_.catalogue->at(entry.workload.application, strategy).accuracy);
    };
    for (const StrategyId strategy : space_.strategies(i)) {
      auto hosts = nearest(entry, strategy, {});
      if (hosts && (!first || rank(strategy, *hosts) < rank(first->first, first->second))) {
        first = {strategy, std::move(*hosts)};
      }
    }
    return first;
  }

  void accept(const WorkloadView& entry, StrategyId strategy, std::vector<Placement> placements) {
    if (!entry.strategy) plan_.deployments.push_back({entry.workload.id, strategy});
    strategy_of_[entry.workload.id] = strategy;
    for (const Placement& placement : placements) {
      if (load_) place(*load_, placement);
      plan_.placements.push_back(placement);
    }
  }

  void defer(std::size_t i) {
    const WorkloadView& entry = *space_.waiting()[i];
    std::string reason = first_of_all(i) ? "a later start is expected to score better than one now"
                                         : reason_to_wait(load(), entry, view_.asked.deployment);
    plan_.deferrals.push_back({entry.workload.id, std::move(reason)});
  }

  // With the plan so far.
  ClusterLoad& load() {
    if (!load_) {
      load_.emplace(view_);
      load_->set_states(after_);
      for (const Placement& placement : plan_.placements) place(*load_, placement);
    }
    return *load_;
  }

  void place(ClusterLoad& load, const Placement& placement) const {
    const ApplicationId application = view_.find(placement.workload)->workload.application;
    load.place(placement.host,
               {application, strategy_of_.at(placement.workload), placement.fragment});
  }

  const DecisionSpace& space_;
  const ClusterView& view_;
  const JointDecision& decision_;
  Plan plan_;
  std::vector<HostState> after_;
  std::map<WorkloadId, StrategyId> strategy_of_;  // of the workloads placed so far
  std::optional<ClusterLoad> load_;
};

}  // namespace

DecisionSpace::DecisionSpace(const ClusterView& view) : view_(&view) {
  for (const HostType& type : view.catalogue->host_types) {
    hosts_by_memory_.emplace_back(type.memory, std::vector<HostId>());
  }
  std::ranges::sort(hosts_by_memory_);
  const auto repeated = std::ranges::unique(hosts_by_memory_);
  hosts_by_memory_.erase(repeated.begin(), repeated.end());
  for (const HostView& host : view.hosts) {
    if (view.asked.provisioning && host.state != HostState::kFailed) switchable_.push_back(host.id);
    if (!can_be_used(host, view.asked)) continue;
    for (auto& [memory, hosts] : hosts_by_memory_) {
      if (memory <= view.type_of(host).memory) hosts.push_back(host.id);
    }
  }
  for (const WorkloadView& entry : view.workloads) {
    const bool has_question =
        view.asked.placement ? is_waiting(entry) : view.asked.deployment && !entry.strategy;
    if (!has_question) continue;
    waiting_.push_back(&entry);
    strategies_.push_back(possible_strategies(entry));
  }
}

std::span<const HostId> DecisionSpace::hosts_for(const Fragment& fragment) const {
  const Mebibytes needed = fragment.memory + fragment.model_memory;
  const auto found = std::ranges::lower_bound(hosts_by_memory_, needed, {},
                                              [](const auto& entry) { return entry.first; });
  if (found == hosts_by_memory_.end()) return {};
  return found->second;
}

std::vector<StrategyId> DecisionSpace::possible_strategies(const WorkloadView& entry) const {
  const auto& strategies = view_->catalogue->at(entry.workload.application).strategies;
  std::vector<StrategyId> possible;
  for (std::uint32_t i = 0; i < strategies.size(); ++i) {
    if (entry.strategy ? entry.strategy->value != i : !view_->asked.deployment) continue;
    const auto& fragments = strategies[i].fragments;
    bool has_hosts = true;
    for (std::size_t f = 0; f < fragments.size(); ++f) {
      has_hosts &= !needs_host(entry, f) || !hosts_for(fragments[f]).empty();
    }
    if (has_hosts) possible.push_back(StrategyId{i});
  }
  return possible;
}

JointDecision DecisionSpace::nothing_changed() const {
  JointDecision decision;
  for (const HostView& host : view_->hosts) decision.on.push_back(accepts_work(host.state));
  decision.choices.resize(waiting_.size());
  return decision;
}

JointDecision DecisionSpace::decision_of(const Plan& plan) const {
  JointDecision decision = nothing_changed();
  for (const auto& [host, on] : plan.power) decision.on[host.value] = on;
  std::map<WorkloadId, std::size_t> position;
  for (std::size_t i = 0; i < waiting_.size(); ++i) position[waiting_[i]->workload.id] = i;
  for (const auto& [workload, strategy] : plan.deployments) {
    decision.choices[position.at(workload)] = WorkloadChoice{strategy};
  }
  for (const auto& [workload, fragment, host] : plan.placements) {
    const WorkloadView& entry = *waiting_[position.at(workload)];
    std::optional<WorkloadChoice>& choice = decision.choices[position.at(workload)];
    if (!choice) choice = WorkloadChoice{*entry.strategy};
    if (choice->hosts.empty()) {
      const Strategy& strategy = view_->catalogue->at(entry.workload.application, choice->strategy);
      choice->hosts.resize(strategy.fragments.size());
      for (const TaskView& task : entry.tasks) {
        if (task.host) choice->hosts[task.fragment.value] = *task.host;
      }
    }
    choice->hosts[fragment.value] = host;
  }
  return decision;
}

Plan DecisionSpace::plan_of(const JointDecision& decision) const {
  return PlanWriter(*this, decision).write();
}

}  // namespace scinet
