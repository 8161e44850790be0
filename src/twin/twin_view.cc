// What others see of the twin: views and accounts.
#include <algorithm>

#include "base/ensure.h"
#include "twin/twin.h"

namespace scinet {
namespace {

// Without the hosts.
WorkloadOutcome outcome_of(const FinishedWorkload& entry) {
  WorkloadOutcome outcome;
  outcome.workload = entry.workload;
  outcome.strategy = entry.strategy;
  outcome.deployed_at = entry.deployed_at;
  outcome.finish = entry.finish;
  outcome.attempts = entry.attempts;
  return outcome;
}

WorkloadOutcome outcome_of(const ActiveWorkload& entry) {
  WorkloadOutcome outcome;
  outcome.workload = entry.workload;
  outcome.strategy = entry.strategy;
  outcome.deployed_at = entry.deployed_at;
  outcome.attempts = entry.attempts;
  return outcome;
}

}  // namespace

ClusterView Twin::view(DecisionsAsked asked) const {
  ClusterView view;
  view.now = now_;
  view.asked = asked;
  view.catalogue = catalogue_;
  view.weights = weights_;
  view.hosts.reserve(hosts_.size());
  for (std::uint32_t i = 0; i < hosts_.size(); ++i) view.hosts.push_back(host_view(HostId{i}));
  view.workloads.reserve(workloads_.size());
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_[slot].next) {
    view.workloads.push_back(workload_view(workloads_[slot]));
  }
  for (std::uint32_t i = 0; i < catalogue_->applications.size(); ++i) {
    view.arrival_rates.push_back(arrival_rates_.rate(ApplicationId{i}, now_));
  }
  return view;
}

HostView Twin::host_view(HostId id) const {
  const Host& host = host_at(id);
  const std::span<const double> samples = utilisation_.of(id);
  HostView view;
  view.id = id;
  view.type = types_[id.value];
  view.state = host.state;
  view.memory_used = memory_.used(id);
  view.recent_utilisation.assign(samples.begin(), samples.end());
  if (timers_.is_set(timer(Timer::kState, id))) view.ready_at = host.ready_at;
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    if (memory_[slot].state == ModelMemory::State::kResident) {
      view.resident.push_back(memory_[slot].model);
    }
  }
  std::ranges::sort(view.resident);
  if (!samples.empty()) {
    view.utilisation = samples.back();
  } else if (now_ > last_beat_) {  // what there is of the first beat
    const Seconds cpu = host.machine.account(now_).cpu - cpu_at_beat_[id.value];
    view.utilisation =
        cpu / to_seconds(now_ - last_beat_) / static_cast<double>(host.machine.type().cores);
  }
  return view;
}

WorkloadView Twin::workload_view(const ActiveWorkload& entry) const {
  WorkloadView view;
  view.workload = entry.workload;
  view.strategy = entry.strategy;
  view.tasks.reserve(entry.task_count);
  for (std::uint32_t i = 0; i < entry.task_count; ++i) {
    const Slot slot = entry.first_task + i;
    const Task& task = workloads_.task(slot);
    TaskView seen;
    seen.fragment = task.id;
    seen.state = task.state;
    if (task.state != TaskState::kUnplaced) seen.host = task.host;
    if (task.state == TaskState::kDone) seen.progress = 1.0;
    if (task.state == TaskState::kRunning) {
      const Seconds since = host_at(task.host).machine.since_change(now_);
      const Mi left = cores_.remaining(task.host, slot, since);
      seen.progress = task.work > Mi(0) ? std::clamp(1.0 - left / task.work, 0.0, 1.0) : 1.0;
    }
    view.tasks.push_back(seen);
  }
  return view;
}

Accounts Twin::accounts() const {
  Accounts accounts;
  accounts.now = now_;
  for (const Host& host : hosts_) accounts.hosts.push_back(host.machine.account(now_));
  accounts.workloads.reserve(finished_.entries().size() + workloads_.size());
  for (const FinishedWorkload& entry : finished_.entries()) {
    const auto hosts = finished_.hosts(entry);
    accounts.workloads.push_back(outcome_of(entry));
    for (const HostId host : hosts) {
      TaskOutcome task;
      task.host = host;
      accounts.workloads.back().tasks.push_back(task);
    }
  }
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_[slot].next) {
    const ActiveWorkload& entry = workloads_[slot];
    WorkloadOutcome outcome = outcome_of(entry);
    for (std::uint32_t i = 0; entry.attempts > 0 && i < entry.task_count; ++i) {
      TaskOutcome task;
      task.host = workloads_.task(entry.first_task + i).host;
      outcome.tasks.push_back(task);
    }
    accounts.workloads.push_back(std::move(outcome));
  }
  std::ranges::sort(accounts.workloads, {},
                    [](const WorkloadOutcome& outcome) { return outcome.workload.id; });
  return accounts;
}

void Twin::open_window() {
  window_start_ = now_;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    window_hosts_[i] = hosts_[i].machine.account(now_);
  }
  // What finished at this very moment belongs to the new window.
  const auto entries = finished_.entries();
  window_finished_ = entries.size();
  while (window_finished_ > 0 && entries[window_finished_ - 1].finish >= now_) --window_finished_;
}

WindowTotals Twin::window() const {
  Accounts since;
  since.now = now_;
  since.hosts.reserve(hosts_.size());
  for (const Host& host : hosts_) since.hosts.push_back(host.machine.account(now_));
  const auto finished = finished_.entries().subspan(window_finished_);
  since.workloads.reserve(finished.size() + workloads_.size());
  for (const FinishedWorkload& entry : finished) {
    since.workloads.push_back(outcome_of(entry));
  }
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_[slot].next) {
    since.workloads.push_back(outcome_of(workloads_[slot]));
  }
  return window_totals(window_start_, window_hosts_, since, *catalogue_, types_);
}

}  // namespace scinet
