// The tasks of a run as observations of how much work they are, with the company that they had.
#pragma once

#include <string_view>
#include <vector>

#include "calibration/lognormal_fit.h"
#include "calibration/recorded_run.h"

namespace scinet {

struct TaskSample {
  ModelId model;
  HostId host;
  HostTypeId type;
  SimTime arrival{0};  // of its request
  SimTime begin{0};    // of its load, or of the run where there was none
  SimTime start{0};
  SimTime finish{0};
  Seconds cpu{0};              // core-seconds as measured, loading included; 0 where they were not
  Seconds load{0};             // that it waited for its model
  double machine_speed = 1.0;  // of the machine that played the hosts, at the start
  std::string_view input;      // of its request; empty where it is not known

  // What it may have used, in core-seconds of its host at the machine's usual speed. As measured,
  // or else what fair sharing of the cores gave it, each task up to its `cores`. With steps:
  // anything from the steps that it outlasted to one more, at its full `cores`.
  Bounds core_seconds;
  // Of that, the share which it got while so many tasks ran on its host: company[n - 1].
  std::vector<double> company;
  int company_at_start = 1;  // how many ran there once it had begun, itself among them

  // By how much the company made it take longer, beyond sharing: with n running every core does
  // 1 / (1 + contention (1 - 1 / n)) of its work.
  double inflation(double contention) const;
  bool ran_alone() const { return company.size() == 1; }
};

// In order of request and fragment. Tasks that were not done, or not seen, give no sample.
std::vector<TaskSample> task_samples(const RecordedRun& run);

}  // namespace scinet
