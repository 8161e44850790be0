// A twin made from a view of a running cluster.
#include <algorithm>

#include "twin/twin.h"

namespace scinet {

Twin Twin::from(const ClusterView& view, TwinSettings settings, RandomStreams streams) {
  std::vector<HostTypeId> types;
  types.reserve(view.hosts.size());
  for (const HostView& host : view.hosts) types.push_back(host.type);
  Twin twin(*view.catalogue, std::move(types), 0, view.weights, settings, streams);
  twin.now_ = view.now;
  twin.window_start_ = view.now;
  // Beats fall on whole multiples, as in a twin that has run from the start.
  const SimTime beat = to_sim_time(settings.beat);
  twin.last_beat_ = view.now;
  twin.next_beat_ = beat * (view.now / beat + 1);
  for (std::uint32_t i = 0; i < view.arrival_rates.size(); ++i) {
    twin.arrival_rates_.assume(ApplicationId{i}, view.arrival_rates[i], view.now);
  }
  for (const HostView& host : view.hosts) twin.restore_host(host);
  for (const WorkloadView& entry : view.workloads) twin.restore_workload(entry);
  for (const WorkloadView& entry : view.workloads) twin.restore_running(entry);
  twin.take_back_lost_tasks();
  for (const WorkloadView& entry : view.workloads) {
    twin.restore_waiting(twin.workloads_.find(entry.workload.id));
  }
  for (std::uint32_t i = 0; i < twin.hosts_.size(); ++i) twin.stop_if_drained(HostId{i});
  return twin;
}

void Twin::restore_host(const HostView& seen) {
  Host& host = host_at(seen.id);
  for (const double sample : seen.recent_utilisation) utilisation_.add(seen.id, sample);
  switch (seen.state) {
    case HostState::kOff:
      return;
    case HostState::kFailed:
      host.state = HostState::kFailed;
      host.ready_at =
          seen.ready_at > now_ ? seen.ready_at : now_ + to_sim_time(settings_.repair_time);
      timers_.set(timer(Timer::kState, seen.id), host.ready_at);
      return;
    case HostState::kBooting:
    case HostState::kOn:
    case HostState::kDraining:
      const bool booted = seen.state == HostState::kOn;
      start_boot(seen.id, booted ? now_ : std::max(seen.ready_at, now_), Machine::Billing::kByTime);
      if (seen.state == HostState::kDraining) host.state = HostState::kDraining;
      break;
  }
  for (const ModelId& model : seen.resident) {
    memory_.make_resident(seen.id, model, catalogue_->at(model));
  }
}

// Tasks with their hosts; nothing moves yet.
void Twin::restore_workload(const WorkloadView& seen) {
  const Slot slot = workloads_.add(seen.workload, 1.0);
  if (!seen.strategy) return;
  deploy(slot, *seen.strategy);
  ActiveWorkload& entry = workloads_[slot];
  entry.deployed_at = seen.workload.arrival;  // the view does not say: as early as can be
  for (const TaskView& task : seen.tasks) {
    if (task.state == TaskState::kUnplaced) continue;
    Task& restored = workloads_.task(entry.first_task + task.fragment.value);
    restored.host = *task.host;
    entry.attempts = 1;
    if (task.state == TaskState::kDone) {
      restored.state = TaskState::kDone;
      continue;
    }
    restored.state = TaskState::kBlocked;
    ++host_at(*task.host).placed;
    if (task.state != TaskState::kBlocked) restored.delivered = restored.all_inputs();
  }
}

// Tasks that were running go on where they were, with what is left of their work.
void Twin::restore_running(const WorkloadView& seen) {
  if (!seen.strategy) return;
  const Slot first = workloads_[workloads_.find(seen.workload.id)].first_task;
  for (const TaskView& task : seen.tasks) {
    if (task.state != TaskState::kRunning) continue;
    const HostId id = *task.host;
    if (host_at(id).machine.power() != Machine::Power::kOn) continue;
    const Slot slot = first + task.fragment.value;
    Task& restored = workloads_.task(slot);
    const ModelId model{seen.workload.application, *seen.strategy, task.fragment};
    memory_.make_resident(id, model, *restored.fragment);
    restored.model = memory_.enqueue(id, model, *restored.fragment);
    memory_.force(id, restored.model);
    begin_run(id, slot, restored.work * (1.0 - std::clamp(task.progress, 0.0, 1.0)));
    refresh(id);
  }
}

// Tasks that wait queue again in order of id, and transfers on the way begin again.
void Twin::restore_waiting(Slot workload) {
  const Slot first = workloads_[workload].first_task;
  const std::uint32_t count = workloads_[workload].task_count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Slot slot = first + i;
    const Task& task = workloads_.task(slot);
    if (task.state == TaskState::kBlocked) {
      if (task.delivered == task.all_inputs()) {
        const HostId host = task.host;
        enqueue(slot);
        admit(host);
      } else {
        request_inputs(slot);
      }
    } else if (task.state == TaskState::kDone && i + 1 == count) {
      send({.from = task.host.value, .to = kClient, .task = slot, .size = task.fragment->output});
    }
  }
}

}  // namespace scinet
