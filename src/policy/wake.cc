#include "policy/wake.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "policy/estimate.h"

namespace scinet {
namespace {

class Waker {
 public:
  Waker(std::vector<PowerChange>& power, const ClusterView& view)
      : power_(power),
        view_(view),
        states_(states_after({power, {}, {}, {}}, view)),
        type_accepts_(view.catalogue->host_types.size(), false) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (accepts_work(states_[i]) && view.hosts[i].linked) accept(view.hosts[i]);
    }
  }

  void wake_at_least_one() {
    if (std::ranges::none_of(type_accepts_, std::identity())) wake_cheapest(nullptr);
  }

  void wake_for(const WorkloadView& entry) {
    const auto strategy = entry.strategy ? entry.strategy : easiest_strategy(entry);
    if (!strategy) return;
    const Application& application = view_.catalogue->at(entry.workload.application);
    const auto& fragments = application.strategies[strategy->value].fragments;
    for (std::size_t i = 0; i < fragments.size(); ++i) {
      if (needs_host(entry, i) && !is_served(fragments[i])) wake_cheapest(&fragments[i]);
    }
  }

 private:
  void accept(const HostView& host) { type_accepts_[host.type.value] = true; }

  bool is_served(const Fragment& fragment) const {
    for (std::size_t i = 0; i < type_accepts_.size(); ++i) {
      if (type_accepts_[i] && can_ever_hold(view_.catalogue->host_types[i], fragment)) return true;
    }
    return false;
  }

  bool can_wake(const HostView& host, const Fragment* fragment) const {
    const HostState state = states_[host.id.value];
    return host.linked && (state == HostState::kOff || state == HostState::kDraining) &&
           (!fragment || can_ever_hold(view_.type_of(host), *fragment));
  }

  // The strategy that needs the fewest hosts woken; of these the most accurate.
  std::optional<StrategyId> easiest_strategy(const WorkloadView& entry) const {
    std::optional<std::tuple<int, double, StrategyId>> best;
    const auto& strategies = view_.catalogue->at(entry.workload.application).strategies;
    for (std::uint32_t i = 0; i < strategies.size(); ++i) {
      int to_wake = 0;
      bool is_possible = true;
      for (const Fragment& fragment : strategies[i].fragments) {
        if (is_served(fragment)) continue;
        ++to_wake;
        is_possible &= std::ranges::any_of(
            view_.hosts, [&](const HostView& host) { return can_wake(host, &fragment); });
      }
      const std::tuple candidate(to_wake, -strategies[i].accuracy, StrategyId{i});
      if (is_possible && (!best || candidate < *best)) best = candidate;
    }
    return best ? std::optional(std::get<StrategyId>(*best)) : std::nullopt;
  }

  void wake_cheapest(const Fragment* fragment) {
    const HostView* cheapest = nullptr;
    for (const HostView& host : view_.hosts) {
      if (can_wake(host, fragment) && (!cheapest || effort(host) < effort(*cheapest))) {
        cheapest = &host;
      }
    }
    if (cheapest) wake(*cheapest);
  }

  // Leaving a host on takes less than calling a draining one back, and that less than a boot.
  std::tuple<int, DollarsPerHour, Seconds, Mebibytes, double, double, HostId> effort(
      const HostView& host) const {
    const HostType& type = view_.type_of(host);
    const int step = accepts_work(host.state) ? 0 : host.state == HostState::kDraining ? 1 : 2;
    return {
        step,   type.price, type.boot_time, host.memory_used, host.utilisation, -host.speed_factor,
        host.id};
  }

  void wake(const HostView& host) {
    if (accepts_work(host.state)) {
      std::erase(power_, PowerChange{host.id, false});
    } else {
      power_.push_back({host.id, true});
    }
    states_[host.id.value] = host.state == HostState::kOff ? HostState::kBooting : HostState::kOn;
    accept(host);
  }

  std::vector<PowerChange>& power_;
  const ClusterView& view_;
  std::vector<HostState> states_;
  std::vector<bool> type_accepts_;  // whether work can be sent to a host of the type, by HostTypeId
};

}  // namespace

void keep_work_served(std::vector<PowerChange>& power, const ClusterView& view) {
  Waker waker(power, view);
  for (const WorkloadView& entry : view.workloads) {
    if (is_waiting(entry)) waker.wake_for(entry);
  }
  waker.wake_at_least_one();
  std::ranges::sort(power, {}, &PowerChange::host);
}

}  // namespace scinet
