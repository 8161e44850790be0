// What one local host uses: energy and cost by the formulas of its type, from the CPU time that its
// process was measured to use. Modelled where there is no counter: see docs/local-platform.md.
#pragma once

#include <vector>

#include "model/accounts.h"
#include "model/host_type.h"

namespace scinet {

enum class PowerDraw {
  kNone,     // off, or the process is gone
  kBooting,  // the boot power of the type, which is for all that a boot uses
  kRunning,  // the power curve at the utilisation of the moment
};

// Integrates between readings, so the caller takes one before every change of the draw.
class HostMeter {
 public:
  // `real_cores` is the CPU time a second that stands for all cores of the type at full speed. A
  // utilisation sample spans one `beat`; the last `history` are kept.
  HostMeter(const HostType& type, double real_cores, Seconds beat, std::size_t history);

  // Everything from the last reading until `now`, with `cpu` the CPU time of the present process.
  void read(SimTime now, Seconds cpu);
  // A new process counts from zero.
  void process_started() { last_cpu_ = ahead_ = Seconds(0); }
  // From now on; opens or closes a billing session as power comes and goes.
  void set_draw(PowerDraw draw, SimTime now);
  // Forgets all that was used: the run begins at time 0, with the process at `cpu`.
  void begin_run(Seconds cpu);

  HostAccount account(SimTime now) const;
  double real_cores() const { return real_cores_; }
  // CPU time of this machine as core-seconds of the host's type, as in the account.
  Seconds core_seconds(Seconds cpu) const { return cpu / real_cores_ * type_.cores; }
  // Since when it has power, which is when its billing began; 0 without.
  SimTime powered_since() const { return draw_ == PowerDraw::kNone ? SimTime{0} : session_start_; }
  Seconds cpu() const { return cpu_; }  // CPU time of this machine, since the run began
  double utilisation() const { return samples_.empty() ? 0.0 : samples_.back(); }
  const std::vector<double>& samples() const { return samples_; }  // one a beat, oldest first

 private:
  void add(SimTime from, SimTime to, double utilisation);
  Dollars session_cost(SimTime now) const;

  HostType type_;
  double real_cores_;
  SimTime beat_;
  std::size_t history_;

  PowerDraw draw_ = PowerDraw::kNone;
  SimTime last_{0};
  Seconds last_cpu_{0};
  Seconds cpu_{0};
  // CPU time beyond what the quota allows for the time read so far: the kernel grants a period's at
  // its begin, which may lie just before a reading. It counts in the next.
  Seconds ahead_{0};
  HostAccount account_;  // its cost: of the sessions that have ended
  SimTime session_start_{0};
  Seconds sample_{0};  // utilisation x time in the current beat
  std::vector<double> samples_;
};

}  // namespace scinet
