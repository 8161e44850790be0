#include "platform/local/local_host.h"

#include <string.h>

#include <utility>

#include <fmt/format.h>

namespace scinet {
namespace {

PowerDraw draw_in(HostState state, bool has_process) {
  switch (state) {
    case HostState::kOff:
      return PowerDraw::kNone;
    case HostState::kBooting:
      return PowerDraw::kBooting;
    case HostState::kOn:
    case HostState::kDraining:
      return PowerDraw::kRunning;
    case HostState::kFailed:
      return has_process ? PowerDraw::kRunning : PowerDraw::kNone;
  }
  return PowerDraw::kNone;
}

std::string describe(const ProcessExit& exit) {
  return exit.by_signal
             ? fmt::format("was ended by signal {} ({})", exit.code, ::strsignal(exit.code))
             : fmt::format("exited with code {}", exit.code);
}

}  // namespace

LocalHost::LocalHost(HostId id, HostTypeId type_id, const HostType& type, std::string name,
                     ProcessCommand command, HostTiming timing, HostMeter meter)
    : id_(id),
      type_id_(type_id),
      name_(std::move(name)),
      command_(std::move(command)),
      timing_(timing),
      meter_(std::move(meter)),
      expected_boot_(type.boot_time),
      maximum_credits_(type.burst ? type.burst->maximum_credits : 0.0) {}

void LocalHost::power_on(SimTime now) {
  if (state_ == HostState::kOff) enter(HostState::kBooting, now);
  if (state_ != HostState::kDraining) return;
  // A worker that was told to leave does leave; another one is started when it is gone.
  enter(ready_ && !leaving_ ? HostState::kOn : HostState::kBooting, now);
}

void LocalHost::power_off(SimTime now) {
  if (accepts_work(state_)) enter(HostState::kDraining, now);
}

void LocalHost::shut_down(SimTime now) {
  if (state_ != HostState::kOff && state_ != HostState::kDraining) enter(HostState::kDraining, now);
  // At once, or a silent one would be found to have failed again and again.
  if (process_) leave(now);
}

void LocalHost::advance(SimTime now, bool has_work) {
  if (thaw_at_ && now >= *thaw_at_) {
    thaw_at_.reset();
    if (process_) process_->thaw();
  }
  if (!process_ && state_ == HostState::kBooting) start_process(now);
  if (process_) {
    read_output(now);
    if (const auto exit = process_->poll_exit()) process_ended(*exit, now);
  }
  read_meter(now);

  if (process_) notice_silence(now);
  const bool is_late = !ready_ && to_seconds(now - since_) > timing_.boot_timeout;
  const bool can_boot = state_ == HostState::kBooting || state_ == HostState::kDraining;
  if (can_boot && process_ && !leaving_ && is_late) {
    process_->kill();
    fail(fmt::format("did not boot within {:.0f} s", timing_.boot_timeout.count()), now);
  }
  if (state_ == HostState::kDraining && !has_work) {
    if (process_) {
      leave(now);
    } else {
      enter(HostState::kOff, now);
    }
  }
  if (leaving_ && to_seconds(now - leaving_since_) > timing_.leave_timeout) process_->kill();
  const bool is_repaired = !process_ && to_seconds(now - since_) >= timing_.repair;
  if (state_ == HostState::kFailed && is_repaired) {
    enter(HostState::kOff, now);
    events_.push_back("is repaired and off");
  }
}

void LocalHost::start_process(SimTime now) {
  forget_process();
  Result<std::unique_ptr<WorkerProcess>> started = WorkerProcess::start(command_);
  ++generation_;
  if (!started) {
    fail("cannot boot: " + started.error().message, now);
    return;
  }
  process_ = std::move(started).value();
  since_ = last_heard_ = last_cpu_use_ = now;
  meter_.process_started();
}

void LocalHost::read_output(SimTime now) {
  constexpr std::string_view kPrefix = "listening on ";
  while (const auto line = process_->read_line()) {
    if (url_ || !line->starts_with(kPrefix)) continue;
    Result<HttpUrl> url = parse_url(std::string_view(*line).substr(kPrefix.size()));
    if (url) {
      url_ = std::move(url).value();
    } else {
      process_->kill();
      fail("cannot boot: " + url.error().message, now);
    }
  }
}

void LocalHost::process_ended(const ProcessExit& exit, SimTime now) {
  read_meter(now);
  const bool was_asked = leaving_;
  forget_process();
  if (was_asked && state_ == HostState::kDraining) {
    enter(HostState::kOff, now);
  } else if (!was_asked && state_ != HostState::kFailed) {
    fail("crashed: the worker " + describe(exit), now);
  } else if (state_ == HostState::kFailed) {
    enter(HostState::kFailed, now);  // no longer silent but gone
  }
}

void LocalHost::notice_silence(SimTime now) {
  if (!silent_since_ || !ready_ || leaving_) return;
  if (state_ != HostState::kOn && state_ != HostState::kDraining) return;
  const Seconds silent = to_seconds(now - *silent_since_);
  // A host that computes may be slow to answer; one that does not even compute is frozen.
  const bool is_still = to_seconds(now - last_cpu_use_) >= timing_.silence;
  if (silent < timing_.silence || (!is_still && silent < timing_.long_silence)) return;
  before_silence_ = state_;
  fail(fmt::format("failed: it has not answered for {:.1f} s", silent.count()), now);
}

void LocalHost::probe_sent(SimTime now) {
  if (!silent_since_) silent_since_ = now;
}

void LocalHost::probe_answered(SimTime now, Mebibytes memory_used) {
  silent_since_.reset();
  last_heard_ = now;
  memory_used_ = memory_used;
  if (!process_ || leaving_) return;
  if (!ready_) {
    ready_ = true;
    expected_boot_ = to_seconds(now - since_);
    if (state_ == HostState::kBooting) enter(HostState::kOn, now);
  } else if (state_ == HostState::kFailed) {
    enter(before_silence_, now);
    events_.push_back("answers again");
  }
}

void LocalHost::leave(SimTime now) {
  if (leaving_) return;
  leaving_ = true;
  leaving_since_ = now;
  process_->terminate();
}

void LocalHost::fail(std::string reason, SimTime now) {
  enter(HostState::kFailed, now);
  events_.push_back(std::move(reason));
}

void LocalHost::enter(HostState state, SimTime now) {
  read_meter(now);
  if (state != state_) changes_.push_back({.at = now, .host = id_, .state = state, .fault = {}});
  state_ = state;
  since_ = now;
  meter_.set_draw(draw_in(state, process_ != nullptr), now);
}

void LocalHost::forget_process() {
  process_.reset();
  url_.reset();
  silent_since_.reset();
  thaw_at_.reset();
  ready_ = leaving_ = false;
  memory_used_ = Mebibytes(0);
  last_cpu_ = Seconds(0);
  resident_.clear();
}

bool LocalHost::reachable() const {
  const bool takes_requests = state_ == HostState::kOn || state_ == HostState::kDraining;
  return takes_requests && ready_ && !leaving_;
}

bool LocalHost::keeps_outputs() const {
  return process_ && !leaving_ && state_ != HostState::kFailed;
}

bool LocalHost::kill(SimTime now) {
  if (!process_) return false;
  process_->kill();
  changes_.push_back({.at = now, .host = id_, .state = {}, .fault = HostFault{.kind = "crash"}});
  events_.push_back("is killed on purpose");
  return true;
}

bool LocalHost::freeze(SimTime now, Seconds length) {
  if (!process_) return false;
  process_->freeze();
  thaw_at_ = now + to_sim_time(length);
  changes_.push_back({.at = now,
                      .host = id_,
                      .state = {},
                      .fault = HostFault{.kind = "frozen", .length = length}});
  events_.push_back("is frozen on purpose");
  return true;
}

void LocalHost::read_meter(SimTime now) {
  const Seconds cpu = process_ ? process_->cpu_time() : last_cpu_;
  if (cpu > last_cpu_) last_cpu_use_ = now;
  last_cpu_ = cpu;
  meter_.read(now, cpu);
}

void LocalHost::begin_run() {
  meter_.begin_run(process_ ? process_->cpu_time() : Seconds(0));
  since_ = leaving_since_ = last_heard_ = last_cpu_use_ = SimTime(0);
  silent_since_.reset();
  thaw_at_.reset();
  changes_.clear();
}

HostView LocalHost::view(SimTime now) const {
  HostView view;
  view.id = id_;
  view.type = type_id_;
  view.state = state_;
  view.powered_since = meter_.powered_since();
  if (state_ == HostState::kBooting) {
    view.ready_at = std::max(now, since_ + to_sim_time(expected_boot_));
  } else if (state_ == HostState::kFailed && !process_) {
    view.ready_at = std::max(now, since_ + to_sim_time(timing_.repair));
  }
  view.linked = state_ != HostState::kFailed || !process_;  // it is there, but silent
  view.credits = maximum_credits_;  // the quota is never reduced, so none are spent
  view.memory_used = memory_used_;
  view.resident.assign(resident_.begin(), resident_.end());
  view.utilisation = meter_.utilisation();
  view.recent_utilisation = meter_.samples();
  return view;
}

std::vector<std::string> LocalHost::take_events() { return std::exchange(events_, {}); }

std::vector<HostChange> LocalHost::take_changes() { return std::exchange(changes_, {}); }

}  // namespace scinet
