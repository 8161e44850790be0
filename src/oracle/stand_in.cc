#include "oracle/stand_in.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "oracle/lateness.h"

namespace scinet {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kBusy = 0.5;  // share of its cores that a host is taken to use

std::vector<WorkloadId> placed_by(const Plan& plan) {
  std::vector<WorkloadId> ids;
  ids.reserve(plan.placements.size());
  for (const Placement& placement : plan.placements) {
    if (ids.empty() || ids.back() != placement.workload) ids.push_back(placement.workload);
  }
  std::ranges::sort(ids);
  return ids;
}

bool has_unplaced(const WorkloadView& entry) {
  return !entry.strategy || std::ranges::any_of(entry.tasks, [](const TaskView& task) {
    return task.state == TaskState::kUnplaced;
  });
}

}  // namespace

struct StandIn::Choice {
  StrategyId strategy;
  std::vector<Placement> placements;
  double loss = kNever;
};

// One call of decide().
class StandIn::Decision {
 public:
  Decision(const StandIn& rules, const Twin& twin, RolloutState& state)
      : rules_(rules),
        view_(*rules.view_),
        now_(twin.now()),
        state_(state),
        tasks_(view_.hosts.size()) {
    for (std::uint32_t i = 0; i < tasks_.size(); ++i) tasks_[i] = twin.tasks_on(HostId{i});
  }

  Plan take() {
    int answered = 0;
    std::erase_if(state_.waiting, [&](const WaitingWorkload& waiting) {
      if (answered++ % kOnOneList == 0) make_shortlist();
      return answer(waiting);
    });
    return std::move(plan_);
  }

 private:
  // Of many hosts only the least loaded ones are asked, for some workloads at a time.
  static constexpr int kOnOneList = 8;
  static constexpr std::size_t kListed = 32;

  void make_shortlist() {
    shortlist_ = state_.open;
    if (shortlist_.size() <= kListed) return;
    const auto load = [&](const OpenHost& host) {
      const std::size_t i = host.id.value;
      const double busy = (tasks_[i] + 1) / (rules_.cores_[i] * rules_.speed_[i]);
      return std::tuple(std::max(host.ready_at, now_), busy, host.id);
    };
    std::ranges::nth_element(shortlist_, shortlist_.begin() + kListed, {}, load);
    shortlist_.resize(kListed);
    std::ranges::sort(shortlist_, {}, &OpenHost::id);
  }

  bool answer(const WaitingWorkload& waiting) {
    Choice best = best_choice(waiting);
    if (best.loss == kNever && wake_for(waiting)) best = best_choice(waiting);
    if (best.loss == kNever) return false;
    if (!waiting.strategy) plan_.deployments.push_back({waiting.workload.id, best.strategy});
    for (const Placement& placement : best.placements) {
      ++tasks_[placement.host.value];
      const ModelId model{waiting.workload.application, best.strategy, placement.fragment};
      if (takes_time_to_load(view_.catalogue->at(model))) {
        state_.note_warm(placement.host, model);
      }
      plan_.placements.push_back(placement);
    }
    return true;
  }

  Choice best_choice(const WaitingWorkload& waiting) {
    if (waiting.strategy) return try_strategy(waiting, *waiting.strategy);
    Choice best;
    const auto& strategies = view_.catalogue->at(waiting.workload.application).strategies;
    for (std::uint32_t i = 0; i < strategies.size(); ++i) {
      Choice choice = try_strategy(waiting, StrategyId{i});
      if (choice.loss < best.loss) best = std::move(choice);
    }
    return best;
  }

  Choice try_strategy(const WaitingWorkload& waiting, StrategyId id) {
    const Workload& workload = waiting.workload;
    const auto& fragments = view_.catalogue->at(workload.application, id).fragments;
    Choice choice{.strategy = id, .placements = {}};
    finish_.assign(fragments.size(), 0.0);
    double price = 0.0;
    bool is_possible = true;
    for (std::uint32_t i = 0; i < fragments.size() && is_possible; ++i) {
      if (!waiting.placed.empty() && waiting.placed[i]) continue;
      double inputs_at = 0.0;
      for (const FragmentId input : fragments[i].inputs) {
        inputs_at = std::max(inputs_at, finish_[input.value]);
      }
      const ModelId model{workload.application, id, FragmentId{i}};
      const OpenHost* host = first_to_finish(model, fragments[i], inputs_at);
      is_possible = host != nullptr;
      if (!host) continue;
      finish_[i] = finish_on(*host, model, fragments[i], inputs_at);
      price += fragments[i].work.mean.value() * rules_.work_price_[host->id.value];
      choice.placements.push_back({workload.id, FragmentId{i}, host->id});
      ++tasks_[host->id.value];
    }
    for (const Placement& placement : choice.placements) --tasks_[placement.host.value];
    if (is_possible) choice.loss = price + loss(workload, id, finish_.back());
    return choice;
  }

  const OpenHost* first_to_finish(const ModelId& model, const Fragment& fragment,
                                  double inputs_at) const {
    const OpenHost* first = first_to_finish(shortlist_, model, fragment, inputs_at);
    return first ? first : first_to_finish(state_.open, model, fragment, inputs_at);
  }

  const OpenHost* first_to_finish(const std::vector<OpenHost>& hosts, const ModelId& model,
                                  const Fragment& fragment, double inputs_at) const {
    const OpenHost* first = nullptr;
    double earliest = kNever;
    for (const OpenHost& host : hosts) {
      if (!can_ever_hold(view_.type_of(view_.host(host.id)), fragment)) continue;
      const double finish = finish_on(host, model, fragment, inputs_at);
      if (finish < earliest) {
        earliest = finish;
        first = &host;
      }
    }
    return first;
  }

  double finish_on(const OpenHost& host, const ModelId& model, const Fragment& fragment,
                   double inputs_at) const {
    const std::size_t i = host.id.value;
    const double with_it = tasks_[i] + 1;
    const double share = std::min(fragment.cores, rules_.cores_[i] / with_it);
    double time = fragment.work.mean.value() / (rules_.speed_[i] * share);
    if (fragment.memory > Mebibytes(0)) {
      const Mebibytes room = view_.type_of(view_.host(host.id)).memory - fragment.model_memory;
      const double fits = std::max(std::floor(room / fragment.memory), 1.0);
      time *= std::max(with_it / fits, 1.0);
    }
    const double ready = std::max(to_seconds(host.ready_at - now_).count(), inputs_at);
    return ready + load_time(host.id, model, fragment) + time;
  }

  static bool takes_time_to_load(const Fragment& fragment) {
    return fragment.load_time > Seconds(0) || fragment.load_work > Mi(0);
  }

  double load_time(HostId host, const ModelId& model, const Fragment& fragment) const {
    if (!takes_time_to_load(fragment)) return 0.0;
    const auto& resident = view_.host(host).resident;
    if (std::ranges::binary_search(resident, model)) return 0.0;
    if (std::ranges::binary_search(state_.warmed, std::pair(host, model))) return 0.0;
    return fragment.load_time.count() + fragment.load_work.value() / rules_.speed_[host.value];
  }

  double loss(const Workload& workload, StrategyId id, double finish) const {
    const QosWeights& weights = view_.weights;
    const double age = to_seconds(now_ - workload.arrival).count();
    const double slo = workload.slo.count();
    const double variation = rules_.variation_[workload.application.value][id.value];
    return weights.response * std::min((age + finish) / (2.0 * slo), 1.0) +
           weights.violation * chance_above(slo - age, finish, variation) +
           weights.inaccuracy * (1.0 - view_.catalogue->at(workload.application, id).accuracy);
  }

  // Switches on the cheapest host for each fragment that none can hold, for the first strategy that
  // can be served then.
  bool wake_for(const WaitingWorkload& waiting) {
    const auto& strategies = view_.catalogue->at(waiting.workload.application).strategies;
    for (std::uint32_t s = 0; s < strategies.size(); ++s) {
      if (waiting.strategy && waiting.strategy->value != s) continue;
      std::vector<HostId> to_wake;
      bool is_possible = true;
      const auto& fragments = strategies[s].fragments;
      for (std::size_t i = 0; i < fragments.size() && is_possible; ++i) {
        if (!waiting.placed.empty() && waiting.placed[i]) continue;
        const auto holds = [&](HostId id) {
          return can_ever_hold(view_.type_of(view_.host(id)), fragments[i]);
        };
        if (std::ranges::any_of(state_.open, holds, &OpenHost::id)) continue;
        if (std::ranges::any_of(to_wake, holds)) continue;
        const auto host = cheapest_asleep(holds);
        is_possible = host.has_value();
        if (host) to_wake.push_back(*host);
      }
      if (!is_possible) continue;
      for (const HostId host : to_wake) wake(host);
      return true;
    }
    return false;
  }

  std::optional<HostId> cheapest_asleep(auto holds) const {
    std::optional<HostId> cheapest;
    for (const HostView& host : view_.hosts) {
      const bool is_open = std::ranges::binary_search(state_.open, host.id, {}, &OpenHost::id);
      if (is_open || !host.linked || host.state == HostState::kFailed || !holds(host.id)) continue;
      const auto price = [&](HostId id) { return view_.type_of(view_.host(id)).price; };
      if (!cheapest || price(host.id) < price(*cheapest)) cheapest = host.id;
    }
    return cheapest;
  }

  void wake(HostId id) {
    plan_.power.push_back({id, true});
    const OpenHost host{id, now_ + to_sim_time(view_.type_of(view_.host(id)).boot_time)};
    state_.open.insert(std::ranges::lower_bound(state_.open, id, {}, &OpenHost::id), host);
  }

  const StandIn& rules_;
  const ClusterView& view_;
  SimTime now_;
  RolloutState& state_;
  std::vector<int> tasks_;  // per host, those of this decision included
  std::vector<OpenHost> shortlist_;
  std::vector<double> finish_;
  Plan plan_;
};

void RolloutState::note_warm(HostId host, const ModelId& model) {
  const std::pair warm(host, model);
  const auto place = std::ranges::lower_bound(warmed, warm);
  if (place == warmed.end() || *place != warm) warmed.insert(place, warm);
}

StandIn::StandIn(const ClusterView& view, ResourcePrices prices) : view_(&view) {
  for (const HostView& host : view.hosts) {
    const HostType& type = view.type_of(host);
    const double all = static_cast<double>(type.cores);
    const double usable = host.throttled && type.burst ? std::min(type.burst->baseline, all) : all;
    cores_.push_back(std::max(usable - type.background, 1e-3));
    speed_.push_back(type.speed.value() * host.speed_factor);
    const double price = prices.joule * type.power.at(kBusy).value() +
                         prices.dollar * (type.price * Seconds(1)).value();
    work_price_.push_back(price / (kBusy * cores_.back() * speed_.back()));
  }
  for (const Application& application : view.catalogue->applications) {
    std::vector<double>& variations = variation_.emplace_back();
    for (const Strategy& strategy : application.strategies) {
      variations.push_back(variation_of(strategy));
    }
  }
}

RolloutState StandIn::after(const Plan& plan) const {
  RolloutState state;
  const std::vector<HostState> states = states_after(plan, *view_);
  for (const HostView& host : view_->hosts) {
    if (!accepts_work(states[host.id.value]) || !host.linked) continue;
    SimTime ready_at = view_->now;
    if (host.state == HostState::kOff) ready_at += to_sim_time(view_->type_of(host).boot_time);
    if (host.state == HostState::kBooting) ready_at = std::max(host.ready_at, ready_at);
    state.open.push_back({host.id, ready_at});
  }
  const std::vector<WorkloadId> placed = placed_by(plan);
  for (const WorkloadView& entry : view_->workloads) {
    if (!has_unplaced(entry) || std::ranges::binary_search(placed, entry.workload.id)) continue;
    WaitingWorkload& waiting = state.waiting.emplace_back(entry.workload, entry.strategy);
    for (const TaskView& task : entry.tasks) {
      waiting.placed.push_back(task.state != TaskState::kUnplaced);
    }
    const auto deployed =
        std::ranges::find(plan.deployments, entry.workload.id, &Deployment::workload);
    if (deployed != plan.deployments.end()) waiting.strategy = deployed->strategy;
  }
  for (const Placement& placement : plan.placements) {
    const WorkloadView& entry = *view_->find(placement.workload);
    std::optional<StrategyId> strategy = entry.strategy;
    if (!strategy) {
      strategy =
          std::ranges::find(plan.deployments, placement.workload, &Deployment::workload)->strategy;
    }
    const ModelId model{entry.workload.application, *strategy, placement.fragment};
    const Fragment& fragment = view_->catalogue->at(model);
    if (fragment.load_time > Seconds(0) || fragment.load_work > Mi(0)) {
      state.note_warm(placement.host, model);
    }
  }
  return state;
}

Plan StandIn::decide(const Twin& twin, RolloutState& state) const {
  return Decision(*this, twin, state).take();
}

}  // namespace scinet
