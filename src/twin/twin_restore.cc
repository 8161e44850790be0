// A twin made from a view of a running cluster.
#include <algorithm>
#include <span>
#include <tuple>
#include <vector>

#include "twin/twin.h"

namespace scinet {

// A task of the view, by its place in the restored twin.
struct Twin::SeenTask {
  const TaskView* seen = nullptr;
  Slot slot = kNoSlot;
  ModelId model = {};

  // Those of one batch have begun together.
  auto begun() const { return std::tuple(seen->since, *seen->host, model); }
};

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
    for (const RequestTerms& terms : view.recent_requests[i]) {
      twin.recent_requests_.add(ApplicationId{i}, terms);
    }
  }
  for (const HostView& host : view.hosts) twin.restore_host(host);
  std::vector<SeenTask> ready;  // their inputs have arrived: in order of the last change
  for (const WorkloadView& entry : view.workloads) {
    twin.restore_workload(entry);
    const Slot first = twin.workloads_[twin.workloads_.find(entry.workload.id)].first_task;
    for (const TaskView& task : entry.tasks) {
      const bool is_ready = task.state == TaskState::kQueued || task.state == TaskState::kRunning;
      if (!is_ready) continue;
      ready.push_back({.seen = &task,
                       .slot = first + task.fragment.value,
                       .model = {entry.workload.application, *entry.strategy, task.fragment}});
    }
  }
  std::ranges::stable_sort(ready, {}, [](const SeenTask& task) { return task.seen->since; });

  twin.restore_runs(ready);
  twin.take_back_lost_tasks();
  for (const auto& [seen, slot, model] : ready) {
    if (twin.workloads_.task(slot).state == TaskState::kBlocked) twin.enqueue(slot, seen->since);
  }
  for (const HostView& host : view.hosts) {
    twin.admit(host.id);
    twin.restore_unwanted_loads(host.id);
    twin.restore_collecting(host.id);
  }
  for (const WorkloadView& entry : view.workloads) {
    twin.restore_transfers(twin.workloads_.find(entry.workload.id));
  }
  for (const HostView& host : view.hosts) twin.stop_if_drained(host.id);
  return twin;
}

void Twin::restore_host(const HostView& seen) {
  Host& host = host_at(seen.id);
  for (const double sample : seen.recent_utilisation) utilisation_.add(seen.id, sample);
  set_speed_factor(seen.id, seen.speed_factor);
  set_link(seen.id, seen.linked);
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
      return restore_power(seen);
  }
}

void Twin::restore_power(const HostView& seen) {
  const bool booting = seen.state != HostState::kOn && seen.ready_at > now_;
  start_boot(seen.id, booting ? seen.ready_at : now_, std::min(seen.powered_since, now_));
  Host& host = host_at(seen.id);
  if (seen.state == HostState::kDraining) host.state = HostState::kDraining;
  if (booting) return;
  if (seen.state != HostState::kBooting) {
    host.machine.restore_credits(seen.credits, seen.throttled);
    update_cores(seen.id);
    refresh(seen.id);
  }
  for (const ModelId& model : seen.resident) {
    memory_.restore(seen.id, model, catalogue_->at(model), ModelMemory::State::kResident);
  }
  for (const ModelLoad& load : seen.loading) restore_load(seen.id, load);
  set_model_timer(seen.id);
}

// The end of a load is told as if its work had a core of its own, so what is left is the work that
// fits in the time until then, and before that what is left of the load time.
void Twin::restore_load(HostId id, const ModelLoad& load) {
  const Fragment& fragment = catalogue_->at(load.model);
  const Mips speed = host_at(id).machine.speed();
  const SimTime end = std::max(load.ready_at, now_);
  const Mi work = std::min(fragment.load_work, speed * to_seconds(end - now_));
  const Slot slot = memory_.restore(id, load.model, fragment, ModelMemory::State::kFetching);
  memory_.start_load(slot, end - to_sim_time(work / speed), work);
}

// A load that no task waits for has nobody to carry its work: it only takes the time.
void Twin::restore_unwanted_loads(HostId id) {
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    ModelMemory::Entry& entry = memory_[slot];
    if (entry.state != ModelMemory::State::kFetching || entry.first_waiting != kNoSlot) continue;
    entry.fetched_at += to_sim_time(entry.load_work / host_at(id).machine.speed());
    entry.load_work = Mi(0);
  }
  set_model_timer(id);
}

// A batch has collected since the first of it came into the queue, as far as the view tells.
void Twin::restore_collecting(HostId id) {
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    ModelMemory::Entry& entry = memory_[slot];
    if (entry.collected == 0) continue;
    const Task& first = workloads_.task(entry.first_collected);
    entry.closes_at =
        std::max(first.outcome.queued + to_sim_time(first.fragment->batch.delay), now_);
  }
  set_model_timer(id);
}

// Tasks with their hosts; nothing moves yet.
void Twin::restore_workload(const WorkloadView& seen) {
  const Slot slot = workloads_.add(seen.workload, 1.0);
  if (!seen.strategy) return;
  deploy(slot, *seen.strategy);
  ActiveWorkload& entry = workloads_[slot];
  entry.deployed_at = seen.deployed_at;
  for (const TaskView& task : seen.tasks) {
    restore_task(workloads_.task(entry.first_task + task.fragment.value), task);
    if (task.host) entry.attempts = 1;
  }
}

// Of what came before its state the view says nothing: it took no time.
void Twin::restore_task(Task& task, const TaskView& seen) {
  task.since = seen.since;
  if (!seen.host) return;
  task.outcome.host = *seen.host;
  const Mips speed = host_at(*seen.host).machine.speed();
  switch (seen.state) {
    case TaskState::kUnplaced:
      return;
    case TaskState::kDone:
      task.state = TaskState::kDone;
      task.outcome.queued = task.outcome.start = task.outcome.finish = seen.since;
      task.outcome.cpu = task.work / speed;
      return;
    case TaskState::kRunning:
    case TaskState::kQueued:
      task.delivered = task.all_inputs();
      break;
    case TaskState::kBlocked:
      break;
  }
  task.state = TaskState::kBlocked;
  ++host_at(*seen.host).placed;
}

// Those of one model that began together on a host are a batch, as many as its limit.
void Twin::restore_runs(std::span<const SeenTask> ready) {
  std::vector<SeenTask> in_batches;
  for (const SeenTask& task : ready) {
    if (task.seen->state != TaskState::kRunning) continue;
    if (workloads_.task(task.slot).batches()) {
      in_batches.push_back(task);
    } else {
      restore_run(std::span(&task, 1));
    }
  }
  std::ranges::stable_sort(in_batches, {}, &SeenTask::begun);
  for (std::span<const SeenTask> rest = in_batches; !rest.empty();) {
    const auto limit =
        static_cast<std::size_t>(workloads_.task(rest[0].slot).fragment->batch.limit);
    std::size_t size = 1;
    while (size < std::min(limit, rest.size()) && rest[size].begun() == rest[0].begun()) ++size;
    restore_run(rest.first(size));
    rest = rest.subspan(size);
  }
}

// What was running goes on where it was, with what is left of its work: by the member that has come
// least far, where a view has them at different places.
void Twin::restore_run(std::span<const SeenTask> batch) {
  const Slot first = batch[0].slot;
  const HostId id = workloads_.task(first).outcome.host;
  const Machine& machine = host_at(id).machine;
  if (machine.power() != Machine::Power::kOn) return;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Task& task = workloads_.task(batch[i].slot);
    memory_.restore(id, batch[i].model, *task.fragment, ModelMemory::State::kResident);
    task.model = memory_.enqueue(id, batch[i].model, *task.fragment);
    memory_.force(id, task.model);
    task.next = i + 1 < batch.size() ? batch[i + 1].slot : kNoSlot;
  }
  const Mi work = work_of_batch(first);
  const auto least = std::ranges::min_element(
      batch, {}, [](const SeenTask& member) { return member.seen->progress; });
  const double progress = std::clamp(least->seen->progress, 0.0, 1.0);
  const Seconds used = work * progress / machine.speed();
  begin_run(id, first, work * (1.0 - progress));
  for (const SeenTask& member : batch) {
    Task& task = workloads_.task(member.slot);
    task.outcome.cpu = used / static_cast<double>(batch.size());
    task.since = task.outcome.queued = task.outcome.start = member.seen->since;
  }
  refresh(id);
}

// Transfers on the way begin again.
void Twin::restore_transfers(Slot workload) {
  const Slot first = workloads_[workload].first_task;
  const std::uint32_t count = workloads_[workload].task_count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Slot slot = first + i;
    const Task& task = workloads_.task(slot);
    if (task.state == TaskState::kBlocked) {
      request_inputs(slot);
    } else if (task.state == TaskState::kDone && i + 1 == count) {
      send({.from = task.outcome.host.value,
            .to = kClient,
            .task = slot,
            .size = task.fragment->output});
    }
  }
}

}  // namespace scinet
