// Predicted beside observed: what replays of a run say, and what was measured in it.
// docs/calibration.md defines every figure.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "calibration/recorded_run.h"
#include "calibration/replay.h"
#include "model/json.h"

namespace scinet {

// NaN where there is nothing to take a mean of.
struct PredictedMean {
  std::int64_t samples = 0;        // observed
  double predicted_samples = 0.0;  // in a replay, on average
  double observed = 0.0;
  double predicted = 0.0;
  double half_width = 0.0;  // of the 95 % confidence interval of the observed mean

  bool has_both() const { return samples > 0 && predicted_samples > 0.0; }
  bool is_empty() const { return samples == 0 && predicted_samples == 0.0; }
  double relative_error() const { return (predicted - observed) / observed; }
  // Whether the observation leaves room for the prediction.
  bool is_in_interval() const {
    return predicted >= observed - half_width && predicted <= observed + half_width;
  }
};

// One application under one strategy. Executions are those of tasks, responses those of requests.
struct CellComparison {
  ApplicationId application;
  StrategyId strategy;
  PredictedMean execution;  // seconds; samples 0 where the record has no tasks
  PredictedMean response;
};

// All applications under the strategies of one name.
struct StrategyComparison {
  std::string strategy;
  PredictedMean response;  // seconds
};

struct HostComparison {
  HostId host;
  Seconds observed{0};  // core-seconds used in the part
  Seconds predicted{0};
};

struct RunComparison {
  std::vector<CellComparison> cells;           // that were seen or predicted, in order
  std::vector<StrategyComparison> strategies;  // that were seen or predicted, in order of name
  PredictedMean response;                      // of all requests, seconds
  double observed_p95 = 0.0;
  double predicted_p95 = 0.0;
  std::vector<HostComparison> hosts;  // in order of HostId; empty where no beats were recorded
  Joules observed_energy;             // 0 where it was not recorded
  Joules predicted_energy;
  std::int64_t unanswered =
      0;  // requests that were answered, but not in the replays; the mean of them
  SkippedDecisions skipped;  // of all replays together
  int replays = 0;

  double p95_error() const { return (predicted_p95 - observed_p95) / observed_p95; }
  // Mean over the hosts of |predicted - observed|, over the mean observed.
  double host_cpu_error() const;
  // Mean of |relative error| over the cells, by number of samples.
  double execution_error() const;
};

// `replays` are of the run under one catalogue, with different seeds and the same part. A request
// counts as observed when it was answered in the record. Tasks count by request: those of one
// request are not independent, so the interval is that of a mean of clusters.
RunComparison compare(const RecordedRun& run, std::span<const Replay> replays, Part part);

// `count` replays with the seeds 1, 2, ...; a simulation also knows its own seed, which comes
// first. What `sizes` know of the inputs is taken out of the variation in the catalogue.
std::vector<Replay> replays_of(const RecordedRun& run, const Catalogue& catalogue, int count,
                               Part part, const InputSizes& sizes = {});
// The same under others, who are made anew for each of them and believe the catalogue `believed`.
using MakersOfReplay = std::function<Result<DecisionMakers>()>;
Result<std::vector<Replay>> replays_under(const MakersOfReplay& makers, const Catalogue& believed,
                                          const RecordedRun& run, const Catalogue& catalogue,
                                          int count, Part part, const InputSizes& sizes = {});

Json json_of(const RunComparison& comparison, const Catalogue& catalogue);
std::string comparison_table(const RunComparison& comparison, const Catalogue& catalogue);

}  // namespace scinet
