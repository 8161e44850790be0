// The way of a task: placed, fed with its inputs, queued, admitted to memory, run, and its output
// sent on.
#include <algorithm>

#include "base/ensure.h"
#include "twin/twin.h"
#include "twin/work.h"

namespace scinet {

void Twin::apply(const Plan& plan) {
  ++plans_;
  for (const PowerChange& change : plan.power) switch_power(change.host, change.on);
  for (const Deployment& deployment : plan.deployments) {
    const Slot workload = workloads_.find(deployment.workload);
    ensure(workload != kNoSlot, "a workload that is deployed is in progress");
    deploy(workload, deployment.strategy);
  }
  for (const Placement& placement : plan.placements) place(placement);
  for (const Deferral& deferral : plan.deferrals) {
    ensure(workloads_.find(deferral.workload) != kNoSlot,
           "a workload that is deferred is in progress");
  }
}

void Twin::deploy(Slot slot, StrategyId id) {
  ActiveWorkload& entry = workloads_[slot];
  const Workload& workload = entry.workload;
  ensure(!entry.strategy, "a workload is given a strategy once");
  ensure(id.value < catalogue_->at(workload.application).strategies.size(), "a strategy exists");
  const Strategy& strategy = catalogue_->at(workload.application, id);
  entry.strategy = id;
  entry.deployed_at = now_;
  workloads_.add_tasks(slot, strategy.fragments.size());
  for (std::uint32_t i = 0; i < entry.task_count; ++i) {
    Task& task = workloads_.task(entry.first_task + i);
    task.fragment = &strategy.fragments[i];
    task.work = draw_work(task.fragment->work, streams_, workload.id, task.id) * entry.size;
    ensure(task.fragment->inputs.size() <= 64, "a fragment has at most 64 inputs");
    ensure(task.fragment->cores > 0.0, "a fragment can use cores");
  }
}

void Twin::place(const Placement& placement) {
  const auto& [id, fragment, host] = placement;
  const Slot slot = workloads_.find(id);
  ensure(slot != kNoSlot, "a workload that is placed is in progress");
  ActiveWorkload& entry = workloads_[slot];
  ensure(fragment.value < entry.task_count, "a fragment that is placed exists");
  ensure(host.value < hosts_.size() && accepts_work(host_at(host).state),
         "a host that gets a task accepts work");
  Task& task = workloads_.task(entry.first_task + fragment.value);
  ensure(task.state == TaskState::kUnplaced, "a task that is placed has no host");
  ensure(can_ever_hold(host_at(host).machine.type(), *task.fragment),
         "a host that gets a task has memory for it");

  task.state = TaskState::kBlocked;
  task.host = host;
  ++host_at(host).placed;
  if (entry.placed_by != plans_) ++entry.attempts;
  entry.placed_by = plans_;
  request_inputs(entry.first_task + fragment.value);
}

// Has all inputs sent that exist already.
void Twin::request_inputs(Slot slot) {
  const Task& task = workloads_.task(slot);
  const ActiveWorkload& entry = workloads_[task.workload];
  const auto& inputs = task.fragment->inputs;
  if (inputs.empty()) {
    send({.to = task.host.value, .task = slot, .size = entry.workload.input});
    return;
  }
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    const Task& source = workloads_.task(entry.first_task + inputs[i].value);
    if (source.state != TaskState::kDone) continue;
    send({.from = source.host.value,
          .to = task.host.value,
          .task = slot,
          .input = i,
          .size = source.fragment->output});
  }
}

// The latency between two hosts is the larger of the two; the client has none of its own.
void Twin::send(const Transfer& transfer) {
  if (transfer.from == transfer.to) return on_arrival(transfer);
  Seconds latency{0};
  for (const Endpoint end : {transfer.from, transfer.to}) {
    if (end != kClient) latency = std::max(latency, hosts_[end].machine.type().latency);
  }
  if (network_.is_instant(transfer, latency)) return on_arrival(transfer);
  network_.start(transfer, latency, now_, timers_);
}

void Twin::on_arrival(const Transfer& transfer) {
  if (transfer.to == kClient) {
    finish_workload(workloads_.task(transfer.task).workload);
  } else {
    Task& task = workloads_.task(transfer.task);
    task.delivered |= std::uint64_t{1} << transfer.input;
    if (task.delivered == task.all_inputs()) {
      const HostId host = task.host;
      enqueue(transfer.task);
      admit(host);
    }
  }
}

void Twin::enqueue(Slot slot) {
  Task& task = workloads_.task(slot);
  const ActiveWorkload& entry = workloads_[task.workload];
  task.state = TaskState::kQueued;
  task.model = memory_.enqueue(task.host, {entry.workload.application, *entry.strategy, task.id},
                               *task.fragment);
  task.next = kNoSlot;
  Host& host = host_at(task.host);
  (host.queue_first == kNoSlot ? host.queue_first : workloads_.task(host.queue_last).next) = slot;
  host.queue_last = slot;
}

// First in, first out: a task that does not fit holds up those behind it.
void Twin::admit(HostId id) {
  Host& host = host_at(id);
  if (host.machine.power() != Machine::Power::kOn) return;
  bool started = false;
  while (host.queue_first != kNoSlot) {
    const Slot slot = host.queue_first;
    const Task& task = workloads_.task(slot);
    if (!memory_.admit(id, task.model)) break;
    host.queue_first = task.next;
    if (start_or_load(id, slot)) started = true;
  }
  if (started) refresh(id);
}

// Runs an admitted task if its model is there, else it waits for the load. True if it runs.
bool Twin::start_or_load(HostId id, Slot slot) {
  Task& task = workloads_.task(slot);
  ModelMemory::Entry& model = memory_[task.model];
  if (model.state == ModelMemory::State::kAbsent) {
    const SimTime load = to_sim_time(task.fragment->load_time);
    memory_.start_load(task.model, now_ + load);
    if (load > SimTime(0)) {
      set_load_timer(id);
    } else {
      memory_.finish_load(task.model);
    }
  }
  if (model.state == ModelMemory::State::kResident) {
    begin_run(id, slot, task.work);
    return true;
  }
  task.next = kNoSlot;
  (model.first_waiting == kNoSlot ? model.first_waiting
                                  : workloads_.task(model.last_waiting).next) = slot;
  model.last_waiting = slot;
  return false;
}

void Twin::set_load_timer(HostId id) {
  SimTime first = SimTime::max();
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    if (memory_[slot].state == ModelMemory::State::kLoading) {
      first = std::min(first, memory_[slot].ready_at);
    }
  }
  set_or_cancel(timer(Timer::kLoad, id), first);
}

void Twin::on_load(HostId id) {
  for (Slot slot = memory_.first(id); slot != kNoSlot; slot = memory_[slot].next) {
    ModelMemory::Entry& model = memory_[slot];
    if (model.state != ModelMemory::State::kLoading || model.ready_at > now_) continue;
    memory_.finish_load(slot);
    for (Slot task = std::exchange(model.first_waiting, kNoSlot); task != kNoSlot;) {
      const Slot next = workloads_.task(task).next;
      begin_run(id, task, workloads_.task(task).work);
      task = next;
    }
  }
  set_load_timer(id);
  refresh(id);
}

// A run has ended: frees its memory, lets others in, sends the output on.
void Twin::complete(Slot slot) {
  Task& task = workloads_.task(slot);
  const HostId id = task.host;
  const ActiveWorkload& entry = workloads_[task.workload];
  const bool is_last = task.id.value + 1 == entry.task_count;
  task.state = TaskState::kDone;
  memory_.release(id, task.model);
  --host_at(id).placed;

  if (is_last) {
    send({.from = id.value, .to = kClient, .task = slot, .size = task.fragment->output});
  } else {
    const Slot first = entry.first_task;
    for (std::uint32_t i = task.id.value + 1; i < entry.task_count; ++i) {
      const Task& next = workloads_.task(first + i);
      if (next.state != TaskState::kBlocked) continue;
      const auto& inputs = next.fragment->inputs;
      for (std::uint32_t k = 0; k < inputs.size(); ++k) {
        if (inputs[k] != task.id || (next.delivered >> k & 1) != 0) continue;
        send({.from = id.value,
              .to = next.host.value,
              .task = first + i,
              .input = k,
              .size = task.fragment->output});
      }
    }
  }
  admit(id);
  refresh(id);
  stop_if_drained(id);
}

void Twin::finish_workload(Slot slot) {
  const ActiveWorkload& entry = workloads_[slot];
  for (std::uint32_t i = 0; i < entry.task_count; ++i) {
    finished_.add_host(workloads_.task(entry.first_task + i).host);
  }
  finished_.add({.workload = entry.workload,
                 .strategy = *entry.strategy,
                 .deployed_at = entry.deployed_at,
                 .finish = now_,
                 .attempts = entry.attempts,
                 .hosts = entry.task_count});
  workloads_.remove(slot);
}

}  // namespace scinet
