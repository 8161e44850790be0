#include "oracle/loss_floor.h"

#include <algorithm>
#include <cmath>

#include "oracle/resource_prices.h"
#include "policy/estimate.h"

namespace scinet {
namespace {

// What the twin's whole nanoseconds and the order of its sums may take off.
constexpr Seconds kTimeMargin{1e-6};
constexpr double kQosMargin = 1e-9;

Loss operator*(Loss loss, double factor) {
  return {loss.all * factor, loss.without_energy * factor};
}

Loss least(const Loss& a, const Loss& b) {
  return {std::min(a.all, b.all), std::min(a.without_energy, b.without_energy)};
}

bool has_power(HostState state) {
  return state == HostState::kOn || state == HostState::kBooting || state == HostState::kDraining;
}

}  // namespace

Loss& Loss::operator+=(const Loss& other) {
  all += other.all;
  without_energy += other.without_energy;
  return *this;
}

LossFloor::LossFloor(const ClusterView& view, const Rollout& rollout)
    : view_(view), rollout_(rollout) {
  for (const Rollout::Future& future : rollout.futures()) optimists_.emplace_back(view, future);
  for (const HostView& host : view.hosts) {
    joules_of_1_ += (view.type_of(host).power.peak() * rollout.time_scale()).value();
    dollars_of_1_ += (view.type_of(host).price * rollout.time_scale()).value();
  }
}

void LossFloor::set_power(const std::vector<HostState>& after) {
  after_ = after;
  open_.clear();
  for (const HostView& host : view_.hosts) {
    if (accepts_work(after[host.id.value]) && host.linked) open_.push_back(host.id);
  }
  may_wake_others_ = can_wake();
  if (may_wake_others_) open_every_host();
  common_ = of_hosts();
  add_requests_to_common();
}

void LossFloor::leave_power_open() {
  may_wake_others_ = true;
  open_every_host();
  common_ = {};
  add_requests_to_common();
}

void LossFloor::open_every_host() {
  open_.clear();
  for (const HostView& host : view_.hosts) {
    if (host.linked && host.state != HostState::kFailed) open_.push_back(host.id);
  }
}

void LossFloor::add_requests_to_common() {
  const double share = 1.0 / static_cast<double>(optimists_.size());
  for (std::size_t i = 0; i < optimists_.size(); ++i) {
    for (const Workload& workload : rollout_.futures()[i].arrivals) {
      WorkloadView entry;
      entry.workload = workload;
      common_ += of_answer_ahead(i, entry, std::nullopt, decision_after(workload.arrival)) * share;
    }
  }
  for (const WorkloadView& entry : view_.workloads) {
    if (!is_waiting(entry)) {
      common_ += placed(entry, *entry.strategy, {});
    } else if (!view_.asked.placement && (entry.strategy || !view_.asked.deployment)) {
      common_ += put_off(entry, entry.strategy);
    }
  }
}

Loss LossFloor::placed(const WorkloadView& entry, StrategyId strategy,
                       std::span<const HostId> hosts) const {
  const double accuracy = view_.catalogue->at(entry.workload.application, strategy).accuracy;
  Loss sum;
  for (const Optimist& optimist : optimists_) {
    sum += of_request(entry.workload, accuracy, optimist.use(entry, strategy, hosts));
  }
  return sum * (1.0 / static_cast<double>(optimists_.size()));
}

Loss LossFloor::put_off(const WorkloadView& entry, std::optional<StrategyId> strategy) const {
  Loss sum;
  for (std::size_t i = 0; i < optimists_.size(); ++i) {
    sum += of_answer_ahead(i, entry, strategy, next_decision(i));
  }
  return sum * (1.0 / static_cast<double>(optimists_.size()));
}

Loss LossFloor::best_of_all(const WorkloadView& entry,
                            const std::vector<StrategyId>& strategies) const {
  Loss best = put_off(entry, entry.strategy);
  for (const StrategyId strategy : strategies) {
    Loss sum;
    for (std::size_t i = 0; i < optimists_.size(); ++i) {
      sum += of_answer_ahead(i, entry, strategy, Seconds(0));
    }
    best = least(best, sum * (1.0 / static_cast<double>(optimists_.size())));
  }
  return best;
}

double LossFloor::qos_at_most(const Loss& sum) const {
  return 1.0 - std::min(sum.all, view_.weights.energy + sum.without_energy) + kQosMargin;
}

// Answered or not, whichever loses less.
Loss LossFloor::of_request(const Workload& workload, double accuracy, const LeastUse& use) const {
  const auto& [w_energy, w_cost, w_response, w_violation, w_inaccuracy] = view_.weights;
  const Seconds response = to_seconds(view_.now - workload.arrival) + use.answer - kTimeMargin;
  const double ratio = std::clamp(response / (2.0 * workload.slo), 0.0, 1.0);
  const double late = response > workload.slo ? 1.0 : 0.0;
  const double inaccuracy = w_inaccuracy * (1.0 - accuracy);
  const double k = rollout_.requests();
  const double answered = (w_response * ratio + w_violation * late + inaccuracy) / k;
  const double unanswered = (w_response + w_violation + inaccuracy) / k;
  const double energy = of_use(use.energy, Dollars(0)).all;
  return {std::min(answered + energy, unanswered), std::min(answered, unanswered)};
}

// By the best of the strategies that it can get and of the hosts that the stand-in may use.
Loss LossFloor::of_answer_ahead(std::size_t future, const WorkloadView& entry,
                                std::optional<StrategyId> strategy, Seconds decided_at) const {
  const auto& strategies = view_.catalogue->at(entry.workload.application).strategies;
  const auto& weights = view_.weights;
  const double accuracy = strategy ? strategies[strategy->value].accuracy : 0.0;
  const double never =
      (weights.response + weights.violation + weights.inaccuracy * (1.0 - accuracy)) /
      rollout_.requests();
  Loss best{never, never};
  for (std::uint32_t i = 0; i < strategies.size(); ++i) {
    if (strategy && strategy->value != i) continue;
    const auto use = optimists_[future].best_use(entry, StrategyId{i}, open_, decided_at);
    if (use) best = least(best, of_request(entry.workload, strategies[i].accuracy, *use));
  }
  return best;
}

Loss LossFloor::of_use(Joules energy, Dollars cost) const {
  const double joules = joules_of_1_ > 0.0 ? energy.value() / joules_of_1_ : 0.0;
  const double dollars = dollars_of_1_ > 0.0 ? cost.value() / dollars_of_1_ : 0.0;
  return {view_.weights.energy * joules + view_.weights.cost * dollars,
          view_.weights.cost * dollars};
}

Loss LossFloor::of_hosts() const {
  Loss sum;
  for (const HostView& host : view_.hosts) {
    sum += of_host(host, accepts_work(after_[host.id.value]));
  }
  // The score clamps the cost as well, which is all that is left here.
  sum.all += std::min(view_.weights.cost - sum.without_energy, 0.0);
  sum.without_energy = std::min(sum.without_energy, view_.weights.cost);
  return sum;
}

Loss LossFloor::of_host(const HostView& host, bool accepts) const {
  Loss sum;
  for (std::size_t i = 0; i < optimists_.size(); ++i) {
    const auto [energy, cost] = accepts ? open_host(i, host) : closed_host(i, host);
    sum += of_use(energy, cost);
  }
  return sum * (1.0 / static_cast<double>(optimists_.size()));
}

// On or booting for the whole window; what follows counts less its idle power.
LossFloor::HostUse LossFloor::open_host(std::size_t future, const HostView& host) const {
  const HostType& type = view_.type_of(host);
  const Seconds window = rollout_.window();
  const Seconds boot = optimists_[future].ready(host.id);
  const Seconds booting = std::min(boot, window);
  const Watts at_rest = power_floor(type).at_rest;
  const Seconds after = to_seconds(last_moment(future) - view_.now) - window;
  const auto below_idle = [&](Watts power) { return std::min(power - idle_power(type), Watts(0)); };
  return {type.boot_power * booting + at_rest * (window - booting) + below_idle(at_rest) * after +
              below_idle(type.boot_power) * (boot - booting),
          type.price * window};
}

// Until its tasks are done, in increments where nobody switches it on again.
LossFloor::HostUse LossFloor::closed_host(std::size_t future, const HostView& host) const {
  if (!has_power(host.state)) return {};
  const HostType& type = view_.type_of(host);
  Seconds drains = sure_to_drain(future, host.id);
  if (may_wake_others_) drains = std::min(drains, rollout_.window());
  const Watts power = host.state == HostState::kOn
                          ? power_floor(type).at_rest
                          : std::min(power_floor(type).at_rest, type.boot_power);
  Seconds billed = drains;
  const Seconds increment = type.billing_increment;
  if (increment > Seconds(0) && !may_wake_others_) {
    const Seconds used = to_seconds(view_.now - std::min(host.powered_since, view_.now));
    billed = std::ceil((used + drains - kTimeMargin) / increment) * increment - used;
  }
  return {power * drains, type.price * std::max(billed, drains)};
}

Seconds LossFloor::sure_to_drain(std::size_t future, HostId host) const {
  const Optimist& optimist = optimists_[future];
  const Seconds watched = to_seconds(last_moment(future) - view_.now);
  Seconds longest{0};
  for (const WorkloadView& entry : view_.workloads) {
    for (const TaskView& task : entry.tasks) {
      if (task.host != host || task.state == TaskState::kDone) continue;
      const ModelId model{entry.workload.application, *entry.strategy, task.fragment};
      const Fragment& fragment = view_.catalogue->at(model);
      const Mi work = optimist.least_work(entry.workload, model);
      const bool runs = task.state == TaskState::kRunning;
      const Seconds time = optimist.run(host, fragment, runs ? work * (1.0 - task.progress) : work);
      // What runs has a timer, so the twin is watched on; what waits may wait for ever.
      longest = std::max(longest, std::min(time, runs ? watched : rollout_.window()));
    }
  }
  return longest;
}

// The end of the rollout at the latest.
SimTime LossFloor::last_moment(std::size_t future) const {
  return std::max(rollout_.futures()[future].give_up, view_.now + to_sim_time(rollout_.window()));
}

// Whether the stand-in may find a request that no open host could serve. One that is bound to a
// strategy by the plan may be such a request.
bool LossFloor::can_wake() const {
  if (view_.asked.deployment && !view_.asked.placement) return true;
  for (const WorkloadView& entry : view_.workloads) {
    if (is_waiting(entry) && !has_hosts(entry)) return true;
  }
  for (const Rollout::Future& future : rollout_.futures()) {
    for (const Workload& workload : future.arrivals) {
      WorkloadView entry;
      entry.workload = workload;
      if (!has_hosts(entry)) return true;
    }
  }
  return false;
}

// For its strategy, or else for any.
bool LossFloor::has_hosts(const WorkloadView& entry) const {
  if (entry.strategy) return has_hosts(entry, *entry.strategy);
  const auto& strategies = view_.catalogue->at(entry.workload.application).strategies;
  for (std::uint32_t i = 0; i < strategies.size(); ++i) {
    if (has_hosts(entry, StrategyId{i})) return true;
  }
  return false;
}

bool LossFloor::has_hosts(const WorkloadView& entry, StrategyId strategy) const {
  const auto& fragments = view_.catalogue->at(entry.workload.application, strategy).fragments;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (entry.strategy && entry.tasks[i].host) continue;
    if (std::ranges::none_of(open_, [&](HostId host) {
          return can_ever_hold(view_.type_of(view_.host(host)), fragments[i]);
        })) {
      return false;
    }
  }
  return true;
}

// When the stand-in decides first: at the next beat, or on arrival with the next request.
Seconds LossFloor::next_decision(std::size_t future) const {
  const SimTime beat = to_sim_time(view_.beat);
  SimTime next = beat * (view_.now / beat + 1);
  const auto& arrivals = rollout_.futures()[future].arrivals;
  if (view_.cadence == Cadence::kArrival && !arrivals.empty()) {
    next = std::min(next, arrivals.front().arrival);
  }
  return std::min(to_seconds(next - view_.now), rollout_.window());
}

Seconds LossFloor::decision_after(SimTime arrival) const {
  if (view_.cadence == Cadence::kArrival) return to_seconds(arrival - view_.now);
  const SimTime beat = to_sim_time(view_.beat);
  const SimTime next_beat = beat * ((arrival + beat - SimTime(1)) / beat);
  return std::min(to_seconds(next_beat - view_.now), rollout_.window());
}

}  // namespace scinet
