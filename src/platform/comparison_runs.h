// The runs of a comparison: every policy on every scenario with the seeds 1 to N, on the twin. A
// run that is over has its file, so a comparison that was killed goes on where it was. Runs are
// independent: which thread does one, and in which order, changes nothing but decision times.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "control/control_loop.h"
#include "platform/comparison_plan.h"

namespace scinet {

struct ComparisonProgress {
  std::size_t total = 0;
  std::size_t done = 0;         // now or before
  std::size_t reused = 0;       // of these, before
  Seconds elapsed{0};           // by the clock on the wall
  std::optional<Seconds> left;  // an estimate, once a run is over
};

struct ComparisonOptions {
  std::size_t threads = 1;
  // Makes what decides in one run. Any thread may call it; every policy of the plan can be made.
  std::function<Result<DecisionMakers>(const std::string& policy)> make;
  DecisionClock decision_clock = [] { return std::chrono::nanoseconds{0}; };
  std::stop_token stop;
  // A few times a second and once at the end, by the thread that called.
  std::function<void(const ComparisonProgress&)> on_progress = [](const ComparisonProgress&) {};
};

// Afterwards every run of the plan has its file. Where it is stopped or fails (kUnavailable:
// stopped, or a file cannot be written; else as simulate()), runs that are over keep theirs.
Status run_comparison(const ComparisonPlan& plan, const ComparisonOptions& options);

}  // namespace scinet
