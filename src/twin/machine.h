// What one host burns, costs and may burst as time passes, and how fast it is. All of it is linear
// between changes of its busy cores or its power state, so it is integrated exactly and only at
// changes.
//
// A completion falls between whole nanoseconds while events fall on them. The machine keeps its
// own clock, which runs `ahead_` of the last event by at most half a nanosecond either way, so
// rounding never accumulates.
#pragma once

#include <algorithm>

#include "base/time.h"
#include "model/accounts.h"
#include "model/host_type.h"

namespace scinet {

class Machine {
 public:
  enum class Power { kOff, kBooting, kOn };
  explicit Machine(const HostType& type) : type_(&type) {}

  // All three first account for the time until `now`.
  void power_on(SimTime now) { power_on(now, now); }  // off -> booting
  void finish_boot(SimTime now);                      // booting -> on
  void power_off(SimTime now);

  // For a machine that had power before the twin began: its billing increments go on at their
  // phase, and its account holds only what comes from `now` on.
  void power_on(SimTime now, SimTime since);
  void restore_credits(double credits, bool throttled);

  const HostType& type() const { return *type_; }
  Power power() const { return power_; }
  SimTime powered_since() const { return powered_at_; }  // while it has power

  Seconds since_change(SimTime now) const { return to_seconds(now - changed_) - ahead_; }
  void advance_to(SimTime now);
  // To the moment `time` after the last change, which the event at `now` rounds.
  void advance_by(Seconds time, SimTime now);
  // The event for that moment: the nearest nanosecond, but the end of time if it never comes.
  SimTime event_after(Seconds time) const;

  // Cores that tasks use; what the host's own services use comes on top.
  void set_busy(double cores) {
    const double busy = cores + background();
    if (busy == busy_) return;
    busy_ = busy;
    update_watts();
  }

  // Of one core, now: the speed of its type, unless the machine is slow.
  Mips speed() const { return type_->speed * speed_factor_; }
  double speed_factor() const { return speed_factor_; }
  void set_speed_factor(double factor) { speed_factor_ = factor; }

  // Cores that tasks can use now: all, or the baseline while the burst credits are used up, less
  // what the host's own services use.
  double capacity() const { return available() - background(); }
  // How many cores each of them counts as now.
  double boost() const { return type_->burst && !throttled_ ? type_->burst->boost : 1.0; }
  // What a transfer from or to it waits now for itself; twice that more for each task that runs.
  Seconds stall() const { return throttled_ ? type_->burst->stall : Seconds(0); }
  // Time until that changes, at the present use.
  Seconds until_capacity_changes() const;
  void change_capacity();  // that moment has come
  double credits(SimTime now) const;
  bool throttled() const { return throttled_; }  // the credits are used up
  // Where the quota has a stall: the credits that `work` and `others` use, if a period gives as
  // many.
  std::optional<double> credits_of_period(Mi work, int others) const;
  void top_up(double credits);  // bursts with at least so many

  HostAccount account(SimTime now) const;

 private:
  // Cores, those of the background included.
  double available() const {
    const double all = static_cast<double>(type_->cores);
    return throttled_ ? std::min(type_->burst->baseline, all) : all;
  }
  // Cores that the host's own services use while it is on.
  double background() const { return std::min(type_->background, available()); }
  double credit_rate() const;  // credits a second
  double credits_to_resume() const;
  double credits_after(Seconds time) const;
  void integrate(Seconds time);
  Dollars session_cost(SimTime now) const;
  // Boosted cores count as more than there are. What they do beyond full load takes the energy that
  // it would at full load, in less time.
  Watts watts_at(double utilisation) const {
    const PowerCurve& curve = type_->power;
    if (utilisation <= 1.0) return curve.at(utilisation);
    return curve.idle() + (curve.peak() - curve.idle()) * utilisation;
  }
  void update_watts() {
    switch (power_) {
      case Power::kOff:
        watts_ = Watts(0);
        return;
      case Power::kBooting:
        watts_ = type_->boot_power;
        return;
      case Power::kOn:
        watts_ = watts_at(busy_ / static_cast<double>(type_->cores));
        return;
    }
  }

  // What every event touches comes first, in one cache line.
  const HostType* type_;
  SimTime changed_{0};
  Seconds ahead_{0};
  double busy_ = 0.0;  // cores, the background included
  Watts watts_;
  Joules energy_;
  Seconds cpu_{0};
  Power power_ = Power::kOff;
  bool throttled_ = false;

  double speed_factor_ = 1.0;
  SimTime powered_at_{0};
  Seconds powered_before_{0};  // and what it cost, in earlier sessions
  Dollars cost_before_;

  double credits_ = 0.0;
};

}  // namespace scinet
