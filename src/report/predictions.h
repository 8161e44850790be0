// What was predicted when a decision was taken, beside what then happened.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "model/accounts.h"
#include "model/json.h"

namespace scinet {

// What one decision is expected to lead to.
struct Prediction {
  struct Response {
    WorkloadId workload;
    Seconds response{0};  // from arrival to answer
    friend bool operator==(const Response&, const Response&) = default;
  };
  struct Beat {  // from the decision to the next beat
    Joules energy;
    Dollars cost;
    std::vector<Seconds> cpu;  // core-seconds, in order of HostId
    friend bool operator==(const Beat&, const Beat&) = default;
  };

  // Of the workloads that the plan gives a host, in order of id; without those that are not
  // expected to be answered within the time that was looked ahead.
  std::vector<Response> responses;
  std::optional<Beat> beat;  // of decisions at a beat

  friend bool operator==(const Prediction&, const Prediction&) = default;
};

enum class PredictedQuantity : std::uint8_t { kResponse, kEnergy, kCost, kCpu };
std::string_view to_string(PredictedQuantity quantity);  // with its unit: "response_s"

// One figure that was predicted by one decision.
struct PredictionRecord {
  std::uint32_t step = 0;  // of the decision
  PredictedQuantity quantity = PredictedQuantity::kResponse;
  SimTime time{0};  // of the decision
  std::uint64_t subject =
      0;  // workload of a response, host of CPU time; the others are of all hosts
  double predicted = 0.0;
  double observed = std::numeric_limits<double>::quiet_NaN();  // NaN: it was never seen

  bool is_observed() const { return !std::isnan(observed); }
  // Energy and cost are of the whole cluster.
  bool has_subject() const {
    return quantity == PredictedQuantity::kResponse || quantity == PredictedQuantity::kCpu;
  }
  friend bool operator==(const PredictionRecord&, const PredictionRecord&) = default;
};

// Keeps predictions until what they were about has happened.
class PredictionLedger {
 public:
  // A beat ends and the next begins, before its decision: what the hosts used since the last one
  // is what was predicted then.
  void begin_beat(const std::vector<HostAccount>& hosts);
  void add(std::uint64_t step, SimTime time, const Prediction& prediction);

  // After the run; `workloads` in order of id. What was predicted of the last beat, and of requests
  // without an answer, stays without an observation.
  std::vector<PredictionRecord> finish(const std::vector<WorkloadOutcome>& workloads) &&;

 private:
  std::vector<PredictionRecord> records_;
  std::vector<HostAccount> hosts_at_beat_;
  std::optional<std::size_t> beat_;  // its first record: energy, then cost, then each host
};

// Predicted and observed of one quantity, over the records that have both.
struct PredictionError {
  std::int64_t count = 0;
  double mean_predicted = std::numeric_limits<double>::quiet_NaN();
  double mean_observed = std::numeric_limits<double>::quiet_NaN();
  // (mean predicted - mean observed) / mean observed: over-prediction is positive.
  double bias = std::numeric_limits<double>::quiet_NaN();
  // Mean |predicted - observed| / mean observed. Not the mean of ratios, in which a host that was
  // almost idle would outweigh all others.
  double mean_absolute_error = std::numeric_limits<double>::quiet_NaN();
};

struct PredictionErrors {
  PredictionError response;  // seconds, of each workload at each decision that gave it a host
  PredictionError energy;    // joules, of each beat
  PredictionError cost;      // dollars, of each beat
  PredictionError cpu;       // core-seconds, of each host in each beat
};
PredictionErrors prediction_errors(const std::vector<PredictionRecord>& records);

// The part "prediction" of summary.json, with null where there is nothing to count.
Json json_of(const PredictionErrors& errors);

}  // namespace scinet
