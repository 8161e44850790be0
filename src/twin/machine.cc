#include "twin/machine.h"

#include <algorithm>
#include <limits>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr Seconds kNever{std::numeric_limits<double>::infinity()};
constexpr double kNanosecondsPerSecond = 1e9;

// A throttled machine bursts again when it has earned one core-second (a credit is a core-minute),
// or a quarter of its bucket if that is less: without such a step it would switch back and
// forth in no time at all.
constexpr double kMostToResume = 1.0 / BurstCredits::kSecondsPerCredit;
constexpr double kShareToResume = 0.25;

}  // namespace

void Machine::power_on(SimTime now, SimTime since) {
  ensure(power_ == Power::kOff, "a machine that is powered on was off");
  ensure(since <= now, "a machine has had power since a moment in the past");
  advance_to(now);
  power_ = Power::kBooting;
  powered_at_ = since;
  cost_before_ -= session_cost(now);
  powered_before_ -= to_seconds(now - since);
  update_watts();
}

void Machine::restore_credits(double credits, bool throttled) {
  if (!type_->burst) return;
  credits_ = std::clamp(credits, 0.0, type_->burst->maximum_credits);
  throttled_ = throttled;
  busy_ = background();
  update_watts();
}

void Machine::finish_boot(SimTime now) {
  ensure(power_ == Power::kBooting, "a machine that finishes its boot was booting");
  advance_to(now);
  power_ = Power::kOn;
  credits_ = type_->burst ? type_->burst->initial_credits : 0.0;
  throttled_ = false;
  busy_ = background();
  update_watts();
}

void Machine::power_off(SimTime now) {
  ensure(power_ != Power::kOff, "a machine that is powered off had power");
  advance_to(now);
  cost_before_ += session_cost(now);
  powered_before_ += to_seconds(now - powered_at_);
  power_ = Power::kOff;
  busy_ = 0.0;
  credits_ = 0.0;
  throttled_ = false;
  update_watts();
}

void Machine::advance_to(SimTime now) {
  integrate(since_change(now));
  changed_ = now;
  ahead_ = Seconds(0);
}

void Machine::advance_by(Seconds time, SimTime now) {
  integrate(time);
  ahead_ += time - to_seconds(now - changed_);
  changed_ = now;
}

SimTime Machine::event_after(Seconds time) const {
  constexpr double kEnd = static_cast<double>(SimTime::max().count()) / 4.0;
  const double nanoseconds = (time + ahead_).count() * kNanosecondsPerSecond + 0.5;
  if (!(nanoseconds < kEnd)) return SimTime::max();
  return changed_ + SimTime(static_cast<SimTime::rep>(std::max(nanoseconds, 0.0)));
}

Seconds Machine::until_capacity_changes() const {
  if (!type_->burst || power_ != Power::kOn) return kNever;
  const double rate = credit_rate();
  if (!throttled_) return rate < 0.0 ? Seconds(credits_ / -rate) : kNever;
  const bool reachable = type_->burst->maximum_credits > 0.0;
  return reachable && rate > 0.0 ? Seconds(std::max(credits_to_resume() - credits_, 0.0) / rate)
                                 : kNever;
}

double Machine::credits_to_resume() const {
  return std::min(kMostToResume, kShareToResume * type_->burst->maximum_credits);
}

void Machine::change_capacity() {
  throttled_ = !throttled_;
  credits_ = throttled_ ? 0.0 : credits_to_resume();
}

// Company makes the work longer, as it does in SharedCores.
std::optional<double> Machine::credits_of_period(Mi work, int others) const {
  if (!type_->burst || type_->burst->stall <= Seconds(0)) return std::nullopt;
  const double company = 1.0 + type_->contention * (1.0 - 1.0 / (1.0 + others));
  return type_->burst->credits_of_period(work / speed() * company, others, type_->cores);
}

void Machine::top_up(double credits) {
  throttled_ = false;
  credits_ = std::max(credits_, credits);
}

double Machine::credits(SimTime now) const {
  const bool accrues = type_->burst && power_ == Power::kOn;
  return accrues ? credits_after(since_change(now)) : credits_;
}

HostAccount Machine::account(SimTime now) const {
  const Seconds time = since_change(now);
  const bool powered = power_ != Power::kOff;
  return {.energy = energy_ + watts_ * time,
          .cost = powered ? cost_before_ + session_cost(now) : cost_before_,
          .cpu = cpu_ + time * busy_,
          .powered = powered ? powered_before_ + to_seconds(now - powered_at_) : powered_before_};
}

double Machine::credit_rate() const {
  return type_->burst->credits_per_hour / 3600.0 - busy_ / BurstCredits::kSecondsPerCredit;
}

double Machine::credits_after(Seconds time) const {
  return std::clamp(credits_ + credit_rate() * time.count(), 0.0, type_->burst->maximum_credits);
}

void Machine::integrate(Seconds time) {
  energy_ += watts_ * time;
  cpu_ += time * busy_;
  if (type_->burst && power_ == Power::kOn) credits_ = credits_after(time);
}

Dollars Machine::session_cost(SimTime now) const {
  const SimTime length = now - powered_at_;
  const SimTime increment = to_sim_time(type_->billing_increment);
  if (increment <= SimTime(0)) return type_->price * to_seconds(length);
  const auto started = (length + increment - SimTime(1)) / increment;
  return type_->price * (to_seconds(increment) * static_cast<double>(started));
}

}  // namespace scinet
