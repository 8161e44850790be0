// Runs a whole scenario on real workers of this machine: starts the hosts, the gateway and the
// control loop, replays the arrivals as clients would, breaks hosts on purpose where asked, and
// records what happened in the same form as a simulation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "control/control_loop.h"
#include "platform/local/gateway.h"
#include "platform/local/load_generator.h"
#include "platform/local/local_platform.h"
#include "platform/simulation.h"
#include "report/run_record.h"
#include "report/summary.h"

namespace scinet {

struct HostFreeze {
  HostFailure at;
  Seconds length{10};
};

struct LiveProgress {
  Seconds elapsed{0};
  Seconds horizon{0};
  std::int64_t sent = 0;
  std::int64_t answered = 0;
  std::vector<HostStatus> hosts;
};

struct LiveRunOptions {
  LocalSettings platform;
  GatewaySettings gateway;
  std::optional<Seconds> horizon;  // instead of the scenario's
  bool send_load = true;           // without: only clients from outside send requests
  // Per application, in order of ApplicationId: what the replay sends, and when an answer is right.
  std::vector<std::vector<LoadInput>> inputs;
  std::function<bool(ApplicationId, const LoadInput&, const std::string& answer)> is_right;
  std::vector<HostFailure> kills;
  std::vector<HostFreeze> freezes;
  Seconds grace{30};  // for requests that are still open at the end
  DecisionClock decision_clock = [] { return std::chrono::nanoseconds{0}; };
  std::filesystem::path out;  // where the result files go

  std::function<void(const std::string& gateway_url, const std::vector<std::string>& notices)>
      on_start;
  std::function<void(const LiveProgress&)> on_progress;  // about once a second
  std::function<void(SimTime now)> probe;                // about once a second
};

struct LiveRunResult {
  RunRecord record;
  Summary summary;
  LoadReport load;
  std::vector<HostEvent> events;
  std::string decision_failure;  // why a decision was not taken, the last time; empty: all were
};

// Ends early, in order and with all results, when stop is requested. kInvalidInput when a fault
// names no host or no moment of the run; kUnavailable when hosts cannot be started or results
// cannot be written.
Result<LiveRunResult> run_live(Scenario scenario, DecisionMakers makers, std::uint64_t seed,
                               const LiveRunOptions& options, std::stop_token stop);

}  // namespace scinet
