// What a comparison keeps of one run: its figures, how it went from beat to beat, and what became
// of each application. Small enough to keep one for every run, and written as a file of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/bootstrap.h"
#include "report/metrics.h"
#include "report/run_record.h"
#include "report/summary.h"

namespace scinet {

struct DecisionTimeFigures {  // CPU time of a decision, microseconds
  double mean = 0.0;
  double p50 = 0.0;
  double p95 = 0.0;

  friend bool operator==(const DecisionTimeFigures&, const DecisionTimeFigures&) = default;
};

// One value a beat of the window, in order of time.
struct BeatSeries {
  std::vector<double> time;         // its end, seconds
  std::vector<double> hosts_on;     // with power, mean over the beat
  std::vector<double> utilisation;  // busy cores / cores with power; 0 where none had power
  std::vector<double> in_progress;  // requests without an answer, at the end
  std::vector<double> arrived;      // requests in the beat

  friend bool operator==(const BeatSeries&, const BeatSeries&) = default;
};

struct ApplicationFigures {
  std::string name;
  std::vector<std::string> strategies;  // of the catalogue
  std::vector<std::int64_t> deployed;   // requests that got each of them
  std::int64_t answered = 0;
  std::optional<double> response_mean;  // seconds, of the answered
  std::optional<double> response_p95;
  std::optional<double> late;  // share of all its requests: answered late or never

  friend bool operator==(const ApplicationFigures&, const ApplicationFigures&) = default;
};

struct RunFigures {
  RunValues metrics = RunValues(compared_metrics().size());  // in their order
  DecisionTimeFigures decision_us;
  BeatSeries series;
  std::vector<ApplicationFigures> applications;  // in order of ApplicationId

  friend bool operator==(const RunFigures&, const RunFigures&) = default;
};

RunFigures figures_of(const RunRecord& record, const Summary& summary);

// The file of a run that is over.
struct KeptRun {
  std::string key;  // what the run was made from
  RunFigures figures;

  friend bool operator==(const KeptRun&, const KeptRun&) = default;
};

// What is written reads back as the same run, to the last bit.
std::string text_of(const KeptRun& run);
// `source` is what messages call the text, usually the path of its file.
Result<KeptRun> read_kept_run(std::string_view text, const std::string& source);

}  // namespace scinet
