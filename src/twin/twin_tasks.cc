// The way of a task: placed, fed with its inputs, queued, admitted to memory, run, and its output
// sent on.
#include <algorithm>
#include <new>
#include <span>

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
  const std::vector<Strategy>& strategies = catalogue_->at(entry.workload.application).strategies;
  ensure(!entry.strategy, "a workload is given a strategy once");
  ensure(id.value < strategies.size(), "a strategy exists");
  const std::vector<Fragment>& fragments = strategies[id.value].fragments;
  entry.strategy = id;
  entry.deployed_at = now_;
  const std::span<Task> tasks = workloads_.add_tasks(slot, fragments.size());
  for (std::uint32_t i = 0; i < tasks.size(); ++i) {
    const Fragment& fragment = fragments[i];
    ensure(fragment.inputs.size() <= 64, "a fragment has at most 64 inputs");
    ensure(fragment.cores > 0.0, "a fragment can use cores");
    const Mi work = draw_work(fragment.work, streams_, entry.workload.id, FragmentId{i});
    // In its place, as the workload was.
    ::new (&tasks[i]) Task{.fragment = &fragment,
                           .work = work * entry.size,
                           .workload = slot,
                           .id = FragmentId{i},
                           .since = now_};
  }
}

// All that it calls here is taken in line: most tasks go through it in one go.
[[gnu::flatten]] void Twin::place(const Placement& placement) {
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

  task.enter(TaskState::kBlocked, now_);
  task.outcome.host = host;
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
    send({.to = task.outcome.host.value, .task = slot, .size = entry.workload.input});
    return;
  }
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    const Task& source = workloads_.task(entry.first_task + inputs[i].value);
    if (source.state != TaskState::kDone) continue;
    send({.from = source.outcome.host.value,
          .to = task.outcome.host.value,
          .task = slot,
          .input = i,
          .size = source.fragment->output});
  }
}

// On the same host it is there at once. What is made within a period of a quota leaves within it
// too.
void Twin::send(const Transfer& transfer, bool leaves_within_period) {
  if (transfer.from == transfer.to) return on_arrival(transfer);
  Seconds stall = stall_at(transfer.to);
  if (!leaves_within_period) stall += stall_at(transfer.from);
  if (stall <= Seconds(0) && network_.is_instant(transfer)) return on_arrival(transfer);
  network_.start(transfer, stall, now_, timers_);
}

Seconds Twin::stall_at(Endpoint end) const {
  if (end == kClient) return Seconds(0);
  const HostId id{end};
  return host_at(id).machine.stall() * (1.0 + 2.0 * cores_.running(id));
}

void Twin::on_arrival(const Transfer& transfer) {
  if (transfer.to == kClient) {
    finish_workload(workloads_.task(transfer.task).workload);
  } else {
    Task& task = workloads_.task(transfer.task);
    task.delivered |= std::uint64_t{1} << transfer.input;
    if (task.delivered == task.all_inputs()) {
      const HostId host = task.outcome.host;
      enqueue(transfer.task, now_);
      admit(host);
    }
  }
}

void Twin::enqueue(Slot slot, SimTime since) {
  Task& task = workloads_.task(slot);
  const ActiveWorkload& entry = workloads_[task.workload];
  const HostId id = task.outcome.host;
  task.enter(TaskState::kQueued, since);
  task.outcome.queued = since;
  task.model =
      memory_.enqueue(id, {entry.workload.application, *entry.strategy, task.id}, *task.fragment);
  task.next = kNoSlot;
  Host& host = host_at(id);
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

// Runs an admitted task if its model is there, else it waits for the load, which it starts if
// nobody has. True if something runs now that did not.
bool Twin::start_or_load(HostId id, Slot slot) {
  Task& task = workloads_.task(slot);
  ModelMemory::Entry& model = memory_[task.model];
  if (model.state == ModelMemory::State::kResident) return run_or_collect(id, slot);
  task.admitted = now_;
  task.next = kNoSlot;
  (model.first_waiting == kNoSlot ? model.first_waiting
                                  : workloads_.task(model.last_waiting).next) = slot;
  model.last_waiting = slot;
  if (model.state != ModelMemory::State::kAbsent) return false;
  const SimTime load_time = to_sim_time(task.fragment->load_time);
  memory_.start_load(task.model, now_ + load_time, task.fragment->load_work);
  if (load_time <= SimTime(0)) {
    prepare(id, task.model);
    return true;
  }
  set_model_timer(id);
  return false;
}

// True if something runs now that did not.
bool Twin::run_or_collect(HostId id, Slot slot) {
  Task& task = workloads_.task(slot);
  task.next = kNoSlot;
  if (task.batches()) return collect(id, slot);
  begin_period(id, task.work);
  begin_run(id, slot, task.work);
  return true;
}

// The work of a load runs in the name of the first task that waits for the model.
void Twin::prepare(HostId id, Slot slot) {
  ModelMemory::Entry& model = memory_[slot];
  if (model.load_work <= Mi(0)) return finish_load(id, slot);
  model.state = ModelMemory::State::kPreparing;
  settle(id);
  cores_.start(id, model.first_waiting, model.load_work, 1.0);
  host_at(id).machine.set_busy(cores_.busy(id));
}

// Everything that waited for the model runs.
void Twin::finish_load(HostId id, Slot model) {
  memory_.finish_load(model);
  for (Slot slot = std::exchange(memory_[model].first_waiting, kNoSlot); slot != kNoSlot;) {
    Task& task = workloads_.task(slot);
    const Slot next = task.next;
    task.outcome.load = to_seconds(now_ - task.admitted);
    run_or_collect(id, slot);
    slot = next;
  }
}

// To those that have a host already; the others ask for it when they get one. In line, as it is on
// the way of every task.
[[gnu::always_inline]] inline void Twin::send_output(Slot slot, bool leaves_within_period) {
  const Task& task = workloads_.task(slot);
  const ActiveWorkload& entry = workloads_[task.workload];
  const std::uint32_t from = task.outcome.host.value;
  if (task.id.value + 1 == entry.task_count) {
    return send({.from = from, .to = kClient, .task = slot, .size = task.fragment->output},
                leaves_within_period);
  }
  const Slot first = entry.first_task;
  for (std::uint32_t i = task.id.value + 1; i < entry.task_count; ++i) {
    const Task& next = workloads_.task(first + i);
    if (next.state != TaskState::kBlocked) continue;
    const auto& inputs = next.fragment->inputs;
    for (std::uint32_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k] != task.id || (next.delivered >> k & 1) != 0) continue;
      send({.from = from,
            .to = next.outcome.host.value,
            .task = first + i,
            .input = k,
            .size = task.fragment->output},
           leaves_within_period);
    }
  }
}

// A run has ended, of one task or of a batch: frees its memory, lets others in, sends the outputs
// on. All members leave before the first output is on its way.
void Twin::complete(Slot first, Seconds used) {
  Task& task = workloads_.task(first);
  const HostId id = task.outcome.host;
  const Slot others = task.next;
  Host& host = host_at(id);
  const bool leaves_within_period =
      host.machine.stall() > Seconds(0) &&
      host.machine.credits_of_period(work_of_batch(first), cores_.running(id));
  if (others != kNoSlot) [[unlikely]]
    used = leave_others(first, used);
  leave(host, task, used);
  send_output(first, leaves_within_period);
  if (others != kNoSlot) [[unlikely]]
    send_outputs(others, leaves_within_period);
  if (host.queue_first != kNoSlot) admit(id);
  refresh(id);
  if (host.state == HostState::kDraining) stop_if_drained(id);
}

void Twin::leave(Host& host, Task& task, Seconds used) {
  task.enter(TaskState::kDone, now_);
  task.outcome.finish = now_;
  task.outcome.cpu += used;
  memory_.release(task.outcome.host, task.model);
  --host.placed;
}

void Twin::send_outputs(Slot first, bool leaves_within_period) {
  for (Slot slot = first; slot != kNoSlot;) {
    const Slot next = workloads_.task(slot).next;  // the output may end the request
    send_output(slot, leaves_within_period);
    slot = next;
  }
}

void Twin::finish_workload(Slot slot) {
  const ActiveWorkload& entry = workloads_[slot];
  for (std::uint32_t i = 0; i < entry.task_count; ++i) {
    finished_.add_task(workloads_.task(entry.first_task + i).outcome);
  }
  finished_.add({.workload = entry.workload,
                 .strategy = *entry.strategy,
                 .attempts = entry.attempts,
                 .deployed_at = entry.deployed_at,
                 .finish = now_,
                 .task_count = entry.task_count});
  workloads_.remove(slot);
}

}  // namespace scinet
