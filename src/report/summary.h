// One run in a few numbers: what summary.json holds and programs print. docs/results.md
// describes every key.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/json.h"
#include "report/run_record.h"
#include "report/statistics.h"

namespace scinet {

// What the control loop counted while it decided.
struct DecisionTotals {
  std::int64_t decisions = 0;
  std::int64_t unsound_plans = 0;  // refused by find_violations, or the policy threw
  std::int64_t fallbacks = 0;      // decisions that the fallback policy answered
  std::int64_t deferrals = 0;      // workloads left waiting, each counted at every decision
  std::vector<std::chrono::nanoseconds> times;  // of each decision, in CPU time and waiting
};

struct RunLabel {
  std::string scenario;
  std::string policy;
  std::uint64_t seed = 0;
};

// What clients saw that a platform's accounts cannot tell. A simulation has no clients.
struct ClientFindings {
  std::int64_t refused = 0;     // turned away at the door: not among the platform's workloads
  std::int64_t unanswered = 0;  // requests, refused ones among them, without a good answer
  std::int64_t duplicated = 0;  // requests answered more than once
  std::optional<std::int64_t> wrong_answers = std::nullopt;  // none: answers were not compared
  std::optional<double> accuracy = std::nullopt;  // share of right answers to labelled requests
};

struct Summary {
  RunLabel label;
  Seconds horizon{0};

  // Requests that arrived, refused ones among them; each is in one of completed and lost.
  std::int64_t workloads = 0;
  std::int64_t completed = 0;  // answered in the window or in the drain
  std::int64_t lost = 0;       // never answered, as the platform or its clients saw it: the larger
  std::int64_t retried = 0;    // begun more than once
  ClientFindings clients;

  Joules energy;               // of the window
  Dollars cost;                // of the window
  double hosts_on_mean = 0.0;  // mean number of hosts with power, over the window

  Distribution response_s;           // over the completed, seconds
  double slo_violation_ratio = 0.0;  // answered late or lost / workloads; NaN without any
  double accuracy = 0.0;             // NaN where nothing was deployed
  std::string accuracy_source;       // "labelled answers" or "strategy table"

  double qos = 0.0;  // of the window
  QosTerms qos_terms;

  std::int64_t decisions = 0;
  std::int64_t unsound_plans = 0;
  std::int64_t fallbacks = 0;
  std::int64_t deferrals = 0;
  Distribution decision_us;  // microseconds of CPU time

  PredictionErrors prediction;
  UtilisationErrors next_utilisation;  // of policies that foresee it
};

Summary summarise(const RunRecord& record, const DecisionTotals& decisions, const RunLabel& label,
                  const ClientFindings& clients = {});

// One flat object; the score is `qos`, its terms are `qos_terms`. Figures without anything to
// count (no answer at all) are null.
Json json_of(const Summary& summary);

}  // namespace scinet
