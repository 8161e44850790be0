// A kind of machine: how fast, how large, what it costs and what it burns.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace scinet {

// Power of a whole host against the utilisation of its cores: points at evenly spaced
// utilisations 0, 1/(n-1), ..., 1, linear between (the form of SPECpower_ssj2008 results).
// Always at least two points, none negative.
struct PowerCurve {
  std::string name;
  std::vector<Watts> points;
  std::string source;

  // `utilisation` is a share of all cores; values outside [0, 1] count as the nearest end.
  Watts at(double utilisation) const {
    const int last = static_cast<int>(points.size()) - 1;
    const double position = std::clamp(utilisation, 0.0, 1.0) * last;
    const int left = std::min(static_cast<int>(position), last - 1);
    const Watts* const point = points.data() + left;
    return point[0] + (point[1] - point[0]) * (position - left);
  }
  Watts idle() const { return points.front(); }
  Watts peak() const { return points.back(); }

  friend bool operator==(const PowerCurve&, const PowerCurve&) = default;
};

// CPU credits of a burstable machine (Azure B-series). One credit is one core at full speed for
// one minute. Below the baseline credits accrue; above it they are spent; with none left the
// host runs at its baseline.
struct BurstCredits {
  static constexpr double kSecondsPerCredit = 60.0;  // of one core

  double baseline = 1.0;          // cores that the host may use for ever, e.g. 0.4 for B2s
  double credits_per_hour = 0.0;  // earned while it is on
  double initial_credits = 0.0;   // at boot
  double maximum_credits = 0.0;
  // While it has credits every core does this many times its work, and counts as so many cores: a
  // CPU quota that is enforced late (a cgroup's) is a bucket of milliseconds spent at the speed of
  // the machine below.
  double boost = 1.0;
  // Without credits, what the host sends or receives waits so long, half a period of such a quota
  // on average, until there are some again, and twice as long again for each task that runs there:
  // any of them may use up the next period first.
  Seconds stall{0};

  // The credits that a task of so many core-seconds and `others` use while it runs beside them at
  // the boost, each with its share of the host's cores. None where it is more than the bucket
  // holds: it is not done within one period of such a quota; or where there is no boost.
  std::optional<double> credits_of_period(Seconds work, int others, int cores) const {
    if (boost <= 1.0) return std::nullopt;
    const double running = 1.0 + others;
    const double at_once = std::min(running, static_cast<double>(cores)) * boost;
    const double time = work.count() * running / at_once;
    const double used = time * (at_once / kSecondsPerCredit - credits_per_hour / 3600.0);
    return used < maximum_credits ? std::optional(used) : std::nullopt;
  }

  friend bool operator==(const BurstCredits&, const BurstCredits&) = default;
};

struct HostType {
  std::string name;
  int cores = 1;
  Mips speed;  // of one core
  Mebibytes memory;
  // Cores that the host's own services (system, telemetry) use while it is on. Tasks share the
  // rest.
  double background = 0.0;
  // How much tasks on one host slow each other down beyond sharing its cores: with n running the
  // speed of every core is speed / (1 + contention (1 - 1 / n)). Of n that take turns, the share
  // 1 - 1 / n of the turns comes after another's and finds the caches cold.
  double contention = 0.0;
  BytesPerSecond bandwidth;  // each direction; 0 means that transfers take no time
  Seconds latency{0};        // one way, to any other host
  DollarsPerHour price;
  Seconds billing_increment{1};  // a started increment is billed whole: 1 s, 60 s or 3600 s
  Seconds boot_time{0};
  PowerCurve power;
  Watts boot_power;  // while booting
  std::optional<BurstCredits> burst;
  std::string source;

  Mips total_speed() const { return speed * cores; }
  bool boots_at_once() const { return boot_time <= Seconds(0); }

  friend bool operator==(const HostType&, const HostType&) = default;
};

}  // namespace scinet
