#include "twin/twin.h"

#include <utility>

#include "base/ensure.h"

namespace scinet {

// Creation, the calendar and the cores. Power is in twin_hosts.cc, the way of a task in
// twin_tasks.cc, loads and batches in twin_models.cc, views and accounts in twin_view.cc.
TwinState::TwinState(const Catalogue& catalogue, std::vector<HostTypeId> hosts, QosWeights weights,
                     TwinSettings settings, RandomStreams streams)
    : catalogue_(&catalogue),
      types_(std::move(hosts)),
      weights_(weights),
      settings_(settings),
      streams_(streams),
      timers_(types_.size() * kTimersPerHost),
      cores_(types_.size()),
      memory_(types_.size()),
      network_(types_.size(), static_cast<TimerId>(types_.size() * kTimersPerHost)),
      utilisation_(types_.size(), static_cast<std::size_t>(settings.history)),
      cpu_at_beat_(types_.size()),
      next_beat_(to_sim_time(settings.beat)),
      arrival_rates_(catalogue.applications.size()),
      recent_requests_(catalogue.applications.size()),
      window_hosts_(types_.size()) {
  ensure(settings.beat > Seconds(0), "a beat has a length");
  ensure(settings.history > 0, "the history holds at least one beat");
  hosts_.reserve(types_.size());
  for (std::uint32_t i = 0; i < types_.size(); ++i) {
    const HostId id{i};
    const HostType& type = catalogue.at(types_[i]);
    ensure(type.cores > 0 && type.speed > Mips(0), "a host has cores and a speed");
    ensure(type.background >= 0.0 && type.contention >= 0.0,
           "background and contention are not negative");
    ensure(type.power.points.size() >= 2, "a power curve has two points");
    hosts_.emplace_back(type);
    cores_.set_contention(id, type.contention);
    memory_.set_size(id, type.memory);
    network_.set_links(id, type.bandwidth, type.latency);
  }
}

Twin::Twin(const Catalogue& catalogue, std::vector<HostTypeId> hosts, int hosts_on,
           QosWeights weights, TwinSettings settings, RandomStreams streams)
    : TwinState(catalogue, std::move(hosts), weights, settings, streams) {
  ensure(hosts_on >= 0 && static_cast<std::size_t>(hosts_on) <= types_.size(),
         "the hosts that are on exist");
  for (std::uint32_t i = 0; std::cmp_less(i, hosts_on); ++i) start_boot(HostId{i}, now_, now_);
}

Twin Twin::fork() const {
  Twin fork(static_cast<const TwinState&>(*this));
  fork.finished_ = finished_.copy_since(window_start_);
  return fork;
}

[[gnu::flatten]] void Twin::arrive(const Workload& workload, double size) {
  ensure(workload.arrival <= now_, "a workload arrives when its time has come");
  ensure(workload.application.value < catalogue_->applications.size(),
         "the application of a workload exists");
  workloads_.add(workload, size);
  arrival_rates_.count(workload.application, now_);
  recent_requests_.add(workload.application, {workload.slo, workload.input});
}

void Twin::run_until(SimTime end) {
  ensure(end >= now_, "time never runs back");
  while (true) {
    const SimTime due = timers_.empty() ? SimTime::max() : timers_.first_due();
    if (next_beat_ <= end && next_beat_ <= due) {
      now_ = next_beat_;
      sample_utilisation();
    } else if (due <= end) {
      now_ = due;
      handle(timers_.first());
    } else {
      now_ = end;
      return;
    }
  }
}

std::optional<SimTime> Twin::next_event() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.first_due();
}

void Twin::set_or_cancel(TimerId timer, SimTime at) {
  if (at == SimTime::max()) {
    timers_.cancel(timer);
  } else {
    timers_.set(timer, std::max(at, now_));
  }
}

void Twin::handle(TimerId due) {
  const auto hosts = static_cast<TimerId>(hosts_.size());
  TimerId kind = 0;
  TimerId number = due;
  for (; number >= hosts && kind < kTimersPerHost; ++kind) number -= hosts;
  if (kind == kTimersPerHost) return on_flow(due);
  const HostId host{number};
  switch (static_cast<Timer>(kind)) {
    case Timer::kCompletion:
      return on_completion(host);
    case Timer::kCredits:
      return on_credits(host);
    case Timer::kState:
      return on_state(host);
    case Timer::kModels:
      return on_models(host);
  }
}

void Twin::on_flow(TimerId due) {
  Transfer arrived;
  if (!network_.advance(due, now_, timers_, arrived)) return;
  on_arrival(arrived);
  if (arrived.from != kClient) stop_if_drained(HostId{arrived.from});
}

void Twin::sample_utilisation() {
  const double beat = to_seconds(now_ - last_beat_).count();
  for (std::uint32_t i = 0; i < hosts_.size(); ++i) {
    const Seconds cpu = hosts_[i].machine.account(now_).cpu;
    const double cores = static_cast<double>(hosts_[i].machine.type().cores);
    utilisation_.add(HostId{i}, (cpu - cpu_at_beat_[i]).count() / (cores * beat));
    cpu_at_beat_[i] = cpu;
  }
  last_beat_ = now_;
  next_beat_ += to_sim_time(settings_.beat);
}

// Brings a host to the present, before its runs change.
void Twin::settle(HostId id) {
  Machine& machine = host_at(id).machine;
  cores_.advance(id, machine.since_change(now_));
  machine.advance_to(now_);
}

// After the speed or the capacity of a host that is on has changed.
void Twin::update_cores(HostId id) {
  Machine& machine = host_at(id).machine;
  cores_.set_capacity(id, machine.capacity(), machine.speed(), machine.boost());
  machine.set_busy(cores_.busy(id));
}

// `work` is what is left of the task, or of the batch that it is the first of. The caller refreshes
// the host when it is done with it.
void Twin::begin_run(HostId id, Slot first, Mi work) {
  Host& host = host_at(id);
  settle(id);
  const Task& task = workloads_.task(first);
  Slot slot = first;
  do {
    Task& member = workloads_.task(slot);
    member.enter(TaskState::kRunning, now_);
    member.outcome.start = now_;
    member.batch = first;
    slot = member.next;
  } while (slot != kNoSlot);
  const double cores = static_cast<double>(host.machine.type().cores);
  cores_.start(id, first, work, std::min(task.fragment->cores, cores));
  host.machine.set_busy(cores_.busy(id));
}

// Before work is begun: it finds a period of the quota whole, if it is done within one.
void Twin::begin_period(HostId id, Mi work) {
  Machine& machine = host_at(id).machine;
  const std::optional<double> credits = machine.credits_of_period(work, cores_.running(id));
  if (!credits) return;
  settle(id);
  machine.top_up(*credits);
  update_cores(id);
}

// Sets the timers that depend on what runs, after it has changed.
void Twin::refresh(HostId id) {
  const Machine& machine = host_at(id).machine;
  set_or_cancel(timer(Timer::kCompletion, id), machine.event_after(cores_.until_next(id)));
  if (machine.type().burst) {
    set_or_cancel(timer(Timer::kCredits, id),
                  machine.event_after(machine.until_capacity_changes()));
  }
}

void Twin::on_completion(HostId id) {
  Machine& machine = host_at(id).machine;
  const Seconds time = cores_.until_next(id);
  cores_.advance(id, time);
  machine.advance_by(time, now_);
  const auto [slot, used] = cores_.finish_next(id);
  machine.set_busy(cores_.busy(id));
  Task& task = workloads_.task(slot);
  if (task.state == TaskState::kRunning) return complete(slot, used);
  task.outcome.cpu += used;
  finish_load(id, task.model);  // it has carried the load of its model
  refresh(id);
}

void Twin::on_credits(HostId id) {
  settle(id);
  host_at(id).machine.change_capacity();
  update_cores(id);
  refresh(id);
}

}  // namespace scinet
