#include "platform/local/host_meter.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

// Of a quota. What is used beyond that is not in advance: without a quota a process may use far
// more than its host has.
constexpr Seconds kLongestPeriod{1};

}  // namespace

HostMeter::HostMeter(const HostType& type, double real_cores, Seconds beat, std::size_t history)
    : type_(type), real_cores_(real_cores), beat_(to_sim_time(beat)), history_(history) {}

void HostMeter::read(SimTime now, Seconds cpu) {
  if (now <= last_) return;
  const Seconds used = std::max(cpu - last_cpu_, Seconds(0));
  const Seconds allowed = real_cores_ * to_seconds(now - last_);
  const double utilisation = std::min((used + ahead_) / allowed, 1.0);
  ahead_ =
      std::clamp(used + ahead_ - utilisation * allowed, Seconds(0), real_cores_ * kLongestPeriod);
  while (last_ < now) {
    const SimTime beat_end = (last_ / beat_ + 1) * beat_;
    add(last_, std::min(now, beat_end), utilisation);
    last_ = std::min(now, beat_end);
    if (last_ != beat_end) continue;
    samples_.push_back(sample_ / to_seconds(beat_));
    if (samples_.size() > history_) samples_.erase(samples_.begin());
    sample_ = Seconds(0);
  }
  cpu_ += used;
  last_cpu_ = std::max(cpu, last_cpu_);
}

void HostMeter::add(SimTime from, SimTime to, double utilisation) {
  const Seconds span = to_seconds(to - from);
  if (draw_ != PowerDraw::kNone) account_.powered += span;
  if (draw_ == PowerDraw::kBooting) {
    account_.energy += type_.boot_power * span;
    return;
  }
  sample_ += utilisation * span;
  account_.cpu += utilisation * span * static_cast<double>(type_.cores);
  if (draw_ == PowerDraw::kRunning) account_.energy += type_.power.at(utilisation) * span;
}

void HostMeter::set_draw(PowerDraw draw, SimTime now) {
  const bool had_power = draw_ != PowerDraw::kNone;
  const bool has_power = draw != PowerDraw::kNone;
  if (had_power && !has_power) account_.cost += session_cost(now);
  if (!had_power && has_power) session_start_ = now;
  if (draw != draw_) ahead_ = Seconds(0);
  draw_ = draw;
}

void HostMeter::begin_run(Seconds cpu) {
  account_ = {};
  last_ = session_start_ = SimTime(0);
  last_cpu_ = cpu;
  cpu_ = ahead_ = sample_ = Seconds(0);
  samples_.clear();
}

Dollars HostMeter::session_cost(SimTime now) const {
  const Seconds length = to_seconds(now - session_start_);
  const double started = std::max(1.0, std::ceil(length / type_.billing_increment));
  return type_.price * (started * type_.billing_increment);
}

HostAccount HostMeter::account(SimTime now) const {
  HostAccount account = account_;
  if (draw_ != PowerDraw::kNone) account.cost += session_cost(now);
  return account;
}

}  // namespace scinet
