// What a worker has used, as it says in GET /stats: CPU time, utilisation of the cores it was
// given, memory and energy. Samples come from outside, so that the sums can be tested exactly.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/units.h"
#include "model/host_type.h"

namespace scinet {

class WorkerMeter {
 public:
  // `cores` > 0 may be a fraction. Without points the curve says nothing: no energy is known.
  WorkerMeter(double cores, PowerCurve power) : cores_(cores), power_(std::move(power)) {}

  // Adds what happened since the last sample; the first one starts the account. Times must not
  // go back.
  void sample(Seconds now, Seconds cpu);

  // Share of the cores in use over the last second, or over what there is of it; in [0, 1]: a
  // process that was given less than the machine has may briefly use more.
  double utilisation() const;

  // Integral of the power curve at the utilisation between samples.
  std::optional<Joules> modelled_energy() const;

 private:
  struct Sample {
    Seconds now;
    Seconds cpu;
  };

  double cores_;
  PowerCurve power_;
  Joules energy_;
  std::deque<Sample> recent_;  // the last second, and one before it
};

// Energy counters of the processor packages (RAPL, as Linux shows them under
// /sys/class/powercap): of the whole machine, so only right for a worker that has it to itself.
class RaplCounter {
 public:
  // None when no counter in `folder` can be read.
  static std::optional<RaplCounter> open(const std::filesystem::path& folder);

  // Since open(). Counters wrap; read at least every minute.
  Joules read();

 private:
  struct Package {
    std::filesystem::path counter;  // in microjoules
    double range;                   // where it wraps
    double last;
  };
  std::vector<Package> packages_;
  Joules total_;
};

}  // namespace scinet
