// What others see of the twin: views and accounts.
#include <algorithm>
#include <iterator>

#include "base/ensure.h"
#include "twin/twin.h"

namespace scinet {
namespace {

// Without the tasks.
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
  view.cadence = settings_.cadence;
  view.beat = settings_.beat;
  view.catalogue = catalogue_;
  view.weights = weights_;
  view.hosts.reserve(hosts_.size());
  for (std::uint32_t i = 0; i < hosts_.size(); ++i) view.hosts.push_back(host_view(HostId{i}));
  view.workloads.reserve(workloads_.size());
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_.next(slot)) {
    view.workloads.push_back(workload_view(workloads_[slot]));
  }
  for (std::uint32_t i = 0; i < catalogue_->applications.size(); ++i) {
    view.arrival_rates.push_back(arrival_rates_.rate(ApplicationId{i}, now_));
  }
  view.recent_requests = recent_requests_.all();
  return view;
}

HostView Twin::host_view(HostId id) const {
  const Host& host = host_at(id);
  const std::span<const double> samples = utilisation_.of(id);
  HostView view;
  view.id = id;
  view.type = types_[id.value];
  view.state = host.state;
  if (host.machine.power() != Machine::Power::kOff) {
    view.powered_since = host.machine.powered_since();
  }
  view.credits = host.machine.credits(now_);
  view.throttled = host.machine.throttled();
  view.speed_factor = host.machine.speed_factor();
  view.linked = network_.is_linked(id);
  view.memory_used = memory_.used(id);
  view.recent_utilisation.assign(samples.begin(), samples.end());
  if (timers_.is_set(timer(Timer::kState, id))) view.ready_at = host.ready_at;
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    if (memory_[slot].state == ModelMemory::State::kResident) {
      view.resident.push_back(memory_[slot].model);
    }
  }
  std::ranges::sort(view.resident);
  view.loading = loads_of(id);
  if (!samples.empty()) {
    view.utilisation = samples.back();
  } else if (now_ > last_beat_) {  // what there is of the first beat
    const Seconds cpu = host.machine.account(now_).cpu - cpu_at_beat_[id.value];
    view.utilisation =
        cpu / to_seconds(now_ - last_beat_) / static_cast<double>(host.machine.type().cores);
  }
  return view;
}

// When they are expected to end: their work is reckoned as on a core of its own.
std::vector<ModelLoad> Twin::loads_of(HostId id) const {
  const Machine& machine = host_at(id).machine;
  std::vector<ModelLoad> loads;
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    const ModelMemory::Entry& entry = memory_[slot];
    if (entry.state == ModelMemory::State::kFetching) {
      loads.push_back(
          {entry.model, entry.fetched_at + to_sim_time(entry.load_work / machine.speed())});
    } else if (entry.state == ModelMemory::State::kPreparing) {
      const Mi left = cores_.remaining(id, entry.first_waiting, machine.since_change(now_));
      loads.push_back({entry.model, now_ + to_sim_time(left / machine.speed())});
    }
  }
  std::ranges::sort(loads, {}, &ModelLoad::model);
  return loads;
}

WorkloadView Twin::workload_view(const ActiveWorkload& entry) const {
  WorkloadView view;
  view.workload = entry.workload;
  view.strategy = entry.strategy;
  view.deployed_at = entry.deployed_at;
  view.tasks.reserve(entry.task_count);
  for (std::uint32_t i = 0; i < entry.task_count; ++i) {
    const Slot slot = entry.first_task + i;
    const Task& task = workloads_.task(slot);
    TaskView seen;
    seen.fragment = task.id;
    seen.state = task.state;
    seen.since = task.since;
    if (task.state != TaskState::kUnplaced) seen.host = task.outcome.host;
    if (task.state == TaskState::kDone) seen.progress = 1.0;
    if (task.state == TaskState::kRunning) {
      const HostId host = task.outcome.host;
      const Mi all = work_of_batch(task.batch);
      const Mi left = cores_.remaining(host, task.batch, host_at(host).machine.since_change(now_));
      seen.progress = all > Mi(0) ? std::clamp(1.0 - left / all, 0.0, 1.0) : 1.0;
    }
    view.tasks.push_back(seen);
  }
  return view;
}

Accounts Twin::accounts_since(SimTime start) const {
  Accounts accounts;
  accounts.now = now_;
  for (const Host& host : hosts_) accounts.hosts.push_back(host.machine.account(now_));
  const auto finished = finished_.since(start);
  accounts.workloads.reserve(finished.size() + workloads_.size());
  for (const FinishedWorkload& entry : finished) {
    accounts.workloads.push_back(scinet::outcome_of(entry));
    auto& tasks = accounts.workloads.back().tasks;
    tasks.reserve(entry.task_count);
    std::ranges::copy(finished_.tasks(entry), std::back_inserter(tasks));
  }
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_.next(slot)) {
    const ActiveWorkload& entry = workloads_[slot];
    WorkloadOutcome outcome = scinet::outcome_of(entry);
    for (std::uint32_t i = 0; entry.attempts > 0 && i < entry.task_count; ++i) {
      outcome.tasks.push_back(outcome_of(entry.first_task + i));
    }
    accounts.workloads.push_back(std::move(outcome));
  }
  std::ranges::sort(accounts.workloads, {},
                    [](const WorkloadOutcome& outcome) { return outcome.workload.id; });
  return accounts;
}

// As far as it has come. A task may be at work before it starts: for the load of its model.
TaskOutcome Twin::outcome_of(Slot slot) const {
  const Task& task = workloads_.task(slot);
  TaskOutcome outcome = task.outcome;
  const auto used_by = [&](Slot run) {
    return cores_.used(run, host_at(outcome.host).machine.since_change(now_));
  };
  if (task.state == TaskState::kRunning) {
    outcome.cpu += used_by(task.batch) / static_cast<double>(size_of_batch(task.batch));
  } else if (task.state == TaskState::kQueued && memory_.is_prepared_by(task.model, slot)) {
    outcome.cpu += used_by(slot);
  }
  return outcome;
}

void Twin::open_window() {
  window_start_ = now_;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    window_hosts_[i] = hosts_[i].machine.account(now_);
  }
}

WindowTotals Twin::window() const {
  Accounts since;
  since.now = now_;
  since.hosts.reserve(hosts_.size());
  for (const Host& host : hosts_) since.hosts.push_back(host.machine.account(now_));
  const auto finished = finished_.since(window_start_);
  since.workloads.reserve(finished.size() + workloads_.size());
  for (const FinishedWorkload& entry : finished) {
    since.workloads.push_back(scinet::outcome_of(entry));
  }
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_.next(slot)) {
    since.workloads.push_back(scinet::outcome_of(workloads_[slot]));
  }
  return window_totals(window_start_, window_hosts_, since, *catalogue_, types_);
}

}  // namespace scinet
