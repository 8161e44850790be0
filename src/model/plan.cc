#include "model/plan.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "base/ensure.h"

namespace scinet {
namespace {

// Collects the broken rules of one plan against one view.
class Checker {
 public:
  Checker(const Plan& plan, const ClusterView& view)
      : plan_(plan), view_(view), after_(states_after(plan, view)) {}

  std::vector<std::string> check() {
    check_power();
    check_deployments();
    check_placements();
    check_deferrals();
    check_everything_is_answered();
    return std::move(violations_);
  }

 private:
  template <class... Args>
  void report(fmt::format_string<Args...> format, Args&&... args) {
    violations_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void report_no_host(HostId host) {
    report("host {} does not exist: the view has {}", host.value, view_.hosts.size());
  }

  void check_power() {
    if (!plan_.power.empty() && !view_.asked.provisioning) {
      report("power changes were not asked for");
    }
    std::set<HostId> changed;
    for (const auto& [host, on] : plan_.power) {
      if (host.value >= view_.hosts.size()) {
        report_no_host(host);
        continue;
      }
      if (!changed.insert(host).second) report("host {} is switched twice", host.value);
      const HostState state = view_.host(host).state;
      const bool can_change =
          on ? state == HostState::kOff || state == HostState::kDraining : accepts_work(state);
      if (!can_change) {
        report("host {} is {} and cannot be switched {}", host.value, to_string(state),
               on ? "on" : "off");
      }
    }
  }

  void check_deployments() {
    if (!plan_.deployments.empty() && !view_.asked.deployment) {
      report("strategies were not asked for");
    }
    for (const auto& [id, strategy] : plan_.deployments) {
      const WorkloadView* entry = view_.find(id);
      if (!entry) {
        report("workload {} is not in the view", id.value);
        continue;
      }
      if (entry->strategy) {
        report("workload {} already has a strategy", id.value);
        continue;
      }
      const auto& strategies = view_.catalogue->at(entry->workload.application).strategies;
      if (strategy.value >= strategies.size()) {
        report("workload {} has no strategy {}: its application has {}", id.value, strategy.value,
               strategies.size());
        continue;
      }
      if (!chosen_.emplace(id, strategy).second) {
        report("workload {} is given a strategy twice", id.value);
      }
    }
  }

  void check_placements() {
    if (!plan_.placements.empty() && !view_.asked.placement) {
      report("placements were not asked for");
    }
    for (const Placement& placement : plan_.placements) check_placement(placement);
  }

  void check_placement(const Placement& placement) {
    const auto [id, fragment, host] = placement;
    const WorkloadView* entry = view_.find(id);
    if (!entry) {
      report("workload {} is not in the view", id.value);
      return;
    }
    const Strategy* strategy = strategy_of(*entry);
    if (!strategy) {
      report("workload {} is placed without a strategy", id.value);
      return;
    }
    if (fragment.value >= strategy->fragments.size()) {
      report("workload {} has no fragment {}: its strategy has {}", id.value, fragment.value,
             strategy->fragments.size());
      return;
    }
    if (!is_unplaced(*entry, fragment)) {
      report("fragment {} of workload {} already has a host", fragment.value, id.value);
    }
    if (!placed_[id].insert(fragment).second) {
      report("fragment {} of workload {} is placed twice", fragment.value, id.value);
    }
    if (host.value >= view_.hosts.size()) {
      report_no_host(host);
      return;
    }
    if (!accepts_work(after_[host.value])) {
      report("host {} gets fragment {} of workload {} but is {} once the plan is applied",
             host.value, fragment.value, id.value, to_string(after_[host.value]));
    }
    const HostType& type = view_.type_of(view_.host(host));
    const Fragment& needed = strategy->fragments[fragment.value];
    if (!can_ever_hold(type, needed)) {
      report("host {} can never hold fragment {} of workload {}: it has {} MiB of the {} needed",
             host.value, fragment.value, id.value, type.memory.value(),
             (needed.memory + needed.model_memory).value());
    }
  }

  void check_deferrals() {
    if (!plan_.deferrals.empty() && !view_.asked.placement) {
      report("deferrals were not asked for");
    }
    for (const auto& [id, reason] : plan_.deferrals) {
      const WorkloadView* entry = view_.find(id);
      if (!entry) {
        report("workload {} is not in the view", id.value);
      } else if (!needs_answer(*entry)) {
        report("workload {} is deferred but has nothing to place", id.value);
      }
      if (reason.empty()) report("workload {} is deferred without a reason", id.value);
      if (!deferred_.insert(id).second) report("workload {} is deferred twice", id.value);
      if (placed_.contains(id)) report("workload {} is both placed and deferred", id.value);
      if (chosen_.contains(id)) report("workload {} is both deployed and deferred", id.value);
    }
  }

  void check_everything_is_answered() {
    if (!view_.asked.placement) return;
    for (const WorkloadView& entry : view_.workloads) {
      const WorkloadId id = entry.workload.id;
      if (!needs_answer(entry) || deferred_.contains(id)) continue;
      const Strategy* strategy = strategy_of(entry);
      if (!strategy) {
        report("workload {} was ignored", id.value);
        continue;
      }
      for (std::uint32_t i = 0; i < strategy->fragments.size(); ++i) {
        const FragmentId fragment{i};
        if (is_unplaced(entry, fragment) && !placed_[id].contains(fragment)) {
          report("fragment {} of workload {} was ignored", i, id.value);
        }
      }
    }
  }

  const Strategy* strategy_of(const WorkloadView& entry) const {
    const auto chosen = chosen_.find(entry.workload.id);
    if (!entry.strategy && chosen == chosen_.end()) return nullptr;
    return &view_.catalogue->at(entry.workload.application,
                                entry.strategy ? *entry.strategy : chosen->second);
  }

  static bool is_unplaced(const WorkloadView& entry, FragmentId fragment) {
    if (!entry.strategy) return true;
    ensure(fragment.value < entry.tasks.size(), "a view has one task per fragment");
    return entry.tasks[fragment.value].state == TaskState::kUnplaced;
  }

  static bool needs_answer(const WorkloadView& entry) {
    if (!entry.strategy) return true;
    for (const TaskView& task : entry.tasks) {
      if (task.state == TaskState::kUnplaced) return true;
    }
    return false;
  }

  const Plan& plan_;
  const ClusterView& view_;
  std::vector<HostState> after_;
  std::map<WorkloadId, StrategyId> chosen_;
  std::map<WorkloadId, std::set<FragmentId>> placed_;
  std::set<WorkloadId> deferred_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<HostState> states_after(const Plan& plan, const ClusterView& view) {
  std::vector<HostState> states;
  states.reserve(view.hosts.size());
  for (const HostView& host : view.hosts) states.push_back(host.state);
  for (const auto& [host, on] : plan.power) {
    if (host.value >= states.size()) continue;
    HostState& state = states[host.value];
    if (on && state == HostState::kOff) state = HostState::kBooting;
    if (on && state == HostState::kDraining) state = HostState::kOn;
    if (!on && accepts_work(state)) state = HostState::kDraining;
  }
  return states;
}

std::vector<std::string> find_violations(const Plan& plan, const ClusterView& view) {
  return Checker(plan, view).check();
}

}  // namespace scinet
