// Runs a whole scenario on the twin, under the same loop and policies as real workers.
//
// Order within one moment: the beat that ends is recorded, faults of hosts begin and end, requests
// arrive, decisions are taken. The window is [0, horizon): requests arrive only there, and
// what it uses and its QoS are counted there. After it beats go on until every request is
// answered or the drain limit has passed; what is unanswered then is lost.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "control/control_loop.h"
#include "report/run_record.h"
#include "report/summary.h"
#include "twin/twin.h"
#include "workload/scenario.h"

namespace scinet {

struct HostFailure {
  HostId host;
  SimTime at{0};
};

// Reads "HOST@SECONDS", e.g. "3@120" or "0@12.5".
Result<HostFailure> parse_host_failure(std::string_view text);

// kInvalidInput when one names no host of the scenario or no moment of its run.
Status check_failures(const Scenario& scenario, const std::vector<HostFailure>& failures);
Status check_failures(const Scenario& scenario, const std::vector<Fault>& faults);

// What the beginning or the end of a fault does to the host, now.
void apply(const FaultEffect& effect, Twin& twin);

struct SimulationOptions {
  std::optional<Seconds> horizon;  // instead of the scenario's
  std::vector<Fault> faults;       // beside those of the scenario, in any order
  Seconds drain_limit{3600};       // after the horizon
  bool predict = true;             // what each decision will lead to; it changes no decision
  DecisionClock decision_clock = [] { return std::chrono::nanoseconds{0}; };
  std::optional<std::filesystem::path> out;  // where the result files go; none: nowhere
  std::stop_token stop;                      // once asked to stop, the run ends with kUnavailable
};

struct SimulationResult {
  RunRecord record;
  Summary summary;
};

// The same scenario, makers, seed and options give the same result and the same bytes in every
// file, but for decision times. kInvalidInput when a fault names no host or no moment of the run;
// kUnavailable when results cannot be written; kInternal when no policy made a sound plan.
Result<SimulationResult> simulate(Scenario scenario, DecisionMakers makers, std::uint64_t seed,
                                  const SimulationOptions& options);

}  // namespace scinet
