#include "oracle/marginal_choice.h"

#include <algorithm>

#include "oracle/lateness.h"
#include "policy/route.h"

namespace scinet {
namespace {

// The QoS that a request loses by an answer after `finish` from now.
double loss_of(const Workload& workload, const ClusterView& view, Seconds finish,
               double variation) {
  return loss_of_response(age(workload, view.now).count(), finish.count(), workload.slo.count(),
                          variation, view.weights);
}

}  // namespace

MarginalChoice::MarginalChoice(const DecisionSpace& space, ResourcePrices prices)
    : space_(&space), prices_(prices), costs_(host_costs(space.view())), unchanged_(space.view()) {}

void MarginalChoice::answer_all(JointDecision& decision,
                                const std::vector<std::size_t>& order) const {
  std::ranges::fill(decision.choices, std::nullopt);
  ClusterLoad load = load_with(decision);
  for (const std::size_t i : order) answer(decision, load, i, std::nullopt);
}

void MarginalChoice::answer_one(JointDecision& decision, std::size_t i,
                                std::optional<StrategyId> strategy) const {
  decision.choices[i].reset();
  ClusterLoad load = load_with(decision);
  answer(decision, load, i, strategy);
}

ClusterLoad MarginalChoice::load_with(const JointDecision& decision) const {
  Plan plan;
  for (const HostId id : space_->switchable()) {
    const bool is_on = accepts_work(space_->view().host(id).state);
    if (decision.on[id.value] != is_on) plan.power.push_back({id, !is_on});
  }
  ClusterLoad load = unchanged_;
  load.set_states(states_after(plan, space_->view()));
  for (std::size_t i = 0; i < decision.choices.size(); ++i) {
    if (decision.choices[i]) place(load, i, *decision.choices[i]);
  }
  return load;
}

void MarginalChoice::place(ClusterLoad& load, std::size_t i, const WorkloadChoice& choice) const {
  const WorkloadView& entry = *space_->waiting()[i];
  for (std::uint32_t f = 0; f < choice.hosts.size(); ++f) {
    if (!needs_host(entry, f)) continue;
    load.place(choice.hosts[f], {entry.workload.application, choice.strategy, FragmentId{f}});
  }
}

// Where no host that is on can serve it, hosts are left open: some will be woken for it.
void MarginalChoice::answer(JointDecision& decision, ClusterLoad& load, std::size_t i,
                            std::optional<StrategyId> strategy) const {
  std::optional<Choice> best;
  for (const StrategyId candidate : space_->strategies(i)) {
    if (strategy && candidate != *strategy) continue;
    auto choice = try_strategy(load, i, candidate);
    if (choice && (!best || choice->loss < best->loss)) best = std::move(choice);
  }
  if (best) {
    place(load, i, best->what);
    decision.choices[i] = std::move(best->what);
  } else if (!space_->strategies(i).empty()) {
    decision.choices[i] = WorkloadChoice{strategy.value_or(space_->strategies(i).front()), {}};
  }
}

std::optional<MarginalChoice::Choice> MarginalChoice::try_strategy(ClusterLoad& load, std::size_t i,
                                                                   StrategyId id) const {
  const ClusterView& view = space_->view();
  const WorkloadView& entry = *space_->waiting()[i];
  Route route(load, entry, id);
  const Strategy& strategy = route.strategy();
  const double variation = variation_of(strategy);
  Choice choice{.what = {.strategy = id, .hosts = {}},
                .loss = view.weights.inaccuracy * (1.0 - strategy.accuracy)};
  choice.what.hosts.resize(strategy.fragments.size());
  std::vector<HostLoad> before;
  bool is_possible = true;
  for (std::uint32_t f = 0; f < strategy.fragments.size() && is_possible; ++f) {
    const FragmentId fragment{f};
    if (!needs_host(entry, f)) {
      route.keep(fragment);
      choice.what.hosts[f] = *entry.tasks[f].host;
      continue;
    }
    const HostLoad* best = nullptr;
    double least = 0.0;
    double price = 0.0;  // of the best
    for (const HostId host_id : space_->hosts_for(strategy.fragments[f])) {
      const HostLoad& host = load.at(host_id);
      if (view.asked.placement && !host.can_get_work()) continue;
      const double price_here = work_price(load, host, strategy.fragments[f], prices_, costs_);
      const double loss =
          loss_of(entry.workload, view, route.finish_on(host, fragment), variation) + price_here;
      if (best && (loss > least || (loss == least && tie_break(host) > tie_break(*best)))) continue;
      best = &host;
      least = loss;
      price = price_here;
    }
    is_possible = best != nullptr;
    if (!best) continue;
    choice.loss += price;
    choice.what.hosts[f] = best->id();
    route.assign(fragment, best->id());
    before.push_back(*best);
    load.place(before.back().id(), route.model(fragment));
  }
  if (is_possible) choice.loss += loss_of(entry.workload, view, route.finish(), variation);
  while (!before.empty()) {
    load.restore(std::move(before.back()));
    before.pop_back();
  }
  if (!is_possible) return std::nullopt;
  return choice;
}

}  // namespace scinet
