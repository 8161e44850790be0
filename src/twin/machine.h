// What one host burns, costs and may burst as time passes. All of it is linear between changes
// of its busy cores or its power state, so it is integrated exactly and only at changes.
//
// A completion falls between whole nanoseconds while events fall on them. The machine keeps its
// own clock, which runs `ahead_` of the last event by at most half a nanosecond either way, so
// rounding never accumulates.
#pragma once

#include "base/time.h"
#include "model/accounts.h"
#include "model/host_type.h"

namespace scinet {

class Machine {
 public:
  enum class Power { kOff, kBooting, kOn };
  // Whether the first increment starts now, or its phase is unknown (the machine was on before
  // the twin began) and the bill runs with time, which is right on average.
  enum class Billing { kIncrements, kByTime };

  explicit Machine(const HostType& type) : type_(&type) {}

  // All three first account for the time until `now`.
  void power_on(SimTime now, Billing billing);  // off -> booting
  void finish_boot(SimTime now);                // booting -> on
  void power_off(SimTime now);

  const HostType& type() const { return *type_; }
  Power power() const { return power_; }

  Seconds since_change(SimTime now) const { return to_seconds(now - changed_) - ahead_; }
  void advance_to(SimTime now);
  // To the moment `time` after the last change, which the event at `now` rounds.
  void advance_by(Seconds time, SimTime now);
  // The event for that moment: the nearest nanosecond, but the end of time if it never comes.
  SimTime event_after(Seconds time) const;

  void set_busy(double cores);

  // Cores that can be used now: all, or the baseline while the burst credits are used up.
  double capacity() const;
  // Time until that changes, at the present use.
  Seconds until_capacity_changes() const;
  void change_capacity();  // that moment has come
  double credits() const { return credits_; }

  HostAccount account(SimTime now) const;

 private:
  double credit_rate() const;  // credits a second
  void integrate(Seconds time);
  Dollars session_cost(SimTime now) const;
  void update_watts();

  const HostType* type_;
  Power power_ = Power::kOff;
  SimTime changed_{0};
  Seconds ahead_{0};

  double busy_ = 0.0;  // cores
  Watts watts_;
  Joules energy_;
  Seconds cpu_{0};

  bool powered_by_time_ = false;
  SimTime powered_at_{0};
  Seconds powered_before_{0};  // and what it cost, in earlier sessions
  Dollars cost_before_;

  double credits_ = 0.0;
  bool throttled_ = false;
};

}  // namespace scinet
