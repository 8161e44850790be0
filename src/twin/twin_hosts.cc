// Hosts that boot, drain, stop, fail and come back, are slow or cut off, and the tasks that are
// lost with them.
#include "base/ensure.h"
#include "twin/twin.h"

namespace scinet {

void Twin::switch_power(HostId id, bool on) {
  ensure(id.value < hosts_.size(), "a host that is switched exists");
  Host& host = host_at(id);
  if (on && host.state == HostState::kOff) {
    start_boot(id, now_ + to_sim_time(host.machine.type().boot_time), now_);
  } else if (on) {
    ensure(host.state == HostState::kDraining, "a host that is switched on is off or draining");
    const bool booted = host.machine.power() == Machine::Power::kOn;
    host.state = booted ? HostState::kOn : HostState::kBooting;
  } else {
    ensure(accepts_work(host.state), "a host that is switched off is on or booting");
    host.state = HostState::kDraining;
    stop_if_drained(id);
  }
}

void Twin::start_boot(HostId id, SimTime ready_at, SimTime powered_since) {
  Host& host = host_at(id);
  host.machine.power_on(now_, powered_since);
  host.state = HostState::kBooting;
  host.ready_at = ready_at;
  if (ready_at > now_) {
    timers_.set(timer(Timer::kState, id), ready_at);
  } else {
    finish_boot(id);
  }
}

void Twin::finish_boot(HostId id) {
  Host& host = host_at(id);
  host.machine.finish_boot(now_);
  if (host.state == HostState::kBooting) host.state = HostState::kOn;
  update_cores(id);
  refresh(id);
  admit(id);
}

// The end of a boot or of a repair.
void Twin::on_state(HostId id) {
  timers_.cancel(timer(Timer::kState, id));
  if (host_at(id).state == HostState::kFailed) {
    host_at(id).state = HostState::kOff;
  } else {
    finish_boot(id);
  }
}

// A draining host stops when it has no task left to run and no output left to send.
void Twin::stop_if_drained(HostId id) {
  const Host& host = host_at(id);
  if (host.state != HostState::kDraining || host.placed > 0 || network_.is_sending(id)) return;
  lose_power(id, HostState::kOff);
  take_back_lost_tasks();
}

void Twin::fail(HostId id, Seconds repair) {
  ensure(id.value < hosts_.size(), "a host that fails exists");
  Host& host = host_at(id);
  if (host.state == HostState::kOff || host.state == HostState::kFailed) return;
  lose_power(id, HostState::kFailed);
  host.ready_at = now_ + to_sim_time(repair);
  timers_.set(timer(Timer::kState, id), host.ready_at);
  take_back_lost_tasks();
  // Transfers to the failed host are cut, which may have been the last of a draining one.
  for (std::uint32_t i = 0; i < hosts_.size(); ++i) stop_if_drained(HostId{i});
}

void Twin::set_speed_factor(HostId id, double factor) {
  ensure(id.value < hosts_.size() && factor > 0.0, "a host that is slow exists and has a speed");
  Machine& machine = host_at(id).machine;
  machine.set_speed_factor(factor);
  if (machine.power() != Machine::Power::kOn) return;
  settle(id);
  update_cores(id);
  refresh(id);
}

void Twin::set_link(HostId id, bool up) {
  ensure(id.value < hosts_.size(), "a host that is linked exists");
  network_.set_linked(id, up, now_, timers_);
}

// The host forgets everything that it held.
void Twin::lose_power(HostId id, HostState state) {
  Host& host = host_at(id);
  network_.cut(id, now_, timers_);
  cores_.clear(id);
  memory_.clear(id);
  host.machine.power_off(now_);
  for (const Timer kind : {Timer::kCompletion, Timer::kCredits, Timer::kState, Timer::kModels}) {
    timers_.cancel(timer(kind, id));
  }
  host.state = state;
  host.placed = 0;
  host.queue_first = kNoSlot;
  host.queue_last = kNoSlot;
}

// Tasks on hosts without power become unplaced. A task that was done there is run again only if
// somebody still needs its output. Later fragments first: one that must run again needs its
// inputs again.
void Twin::take_back_lost_tasks() {
  for (Slot slot = workloads_.first(); slot != kNoSlot; slot = workloads_.next(slot)) {
    const ActiveWorkload& entry = workloads_[slot];
    for (std::uint32_t i = entry.task_count; i-- > 0;) {
      Task& task = workloads_.task(entry.first_task + i);
      if (task.state == TaskState::kUnplaced) continue;
      const HostState state = host_at(task.outcome.host).state;
      const bool dark = state == HostState::kOff || state == HostState::kFailed;
      if (task.state == TaskState::kDone) {
        task.output_lost = task.output_lost || dark;
        if (!task.output_lost || !is_output_needed(task)) continue;
      } else if (!dark) {
        continue;
      }
      task.enter(TaskState::kUnplaced, now_);
      task.outcome = {.host = task.outcome.host};
      task.output_lost = false;
      task.delivered = 0;
    }
  }
}

bool Twin::is_output_needed(const Task& task) const {
  const ActiveWorkload& entry = workloads_[task.workload];
  if (task.id.value + 1 == entry.task_count) return true;  // the client still waits
  for (std::uint32_t i = task.id.value + 1; i < entry.task_count; ++i) {
    const Task& next = workloads_.task(entry.first_task + i);
    if (next.state == TaskState::kDone) continue;
    const auto& inputs = next.fragment->inputs;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k] == task.id && (next.delivered >> k & 1) == 0) return true;
    }
  }
  return false;
}

}  // namespace scinet
