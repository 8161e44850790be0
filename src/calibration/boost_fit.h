// A CPU quota that the kernel enforces late: a task that finds the quota unused runs at the speed
// of the machine below until it has used up what had gathered.
#pragma once

#include <optional>
#include <span>

namespace scinet {

// A task that had a host of one core to itself.
struct LoneRun {
  double cpu = 0.0;   // core-seconds that it used, above 0
  double wall = 0.0;  // seconds that it took, above 0
};

struct Boost {
  double factor = 1.0;  // how many times its speed a core does
  double saved = 0.0;   // seconds by which a longer task is done earlier
};

// The time that it takes: cpu / factor while that saves less than `saved`, else cpu - saved.
double wall_of(double cpu, const Boost& boost);

// Seconds after which a task that found the quota unused has used it up: from then on it runs at
// the speed of the quota. The factor is above 1.
double exhaustion_of(const Boost& boost);

// The boost with the least sum of |ln wall - ln wall_of(cpu)|, to a few percent. None where there
// are fewer than 20 runs, or where it explains less than a fifth of that sum without a boost.
std::optional<Boost> fit_boost(std::span<const LoneRun> runs);

}  // namespace scinet
