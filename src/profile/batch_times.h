// Runs a fragment for several inputs at once and one by one, in turns, and takes the time of both.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "profile/batch_profile.h"
#include "serving/application_set.h"
#include "serving/strategy_meter.h"

namespace scinet {

// Of one fragment.
struct BatchTimes {
  // Of each of kBatchSizes, pass by pass: the time of all inputs in runs of this size, where that
  // of one by one, in the same pass, is 1.
  std::vector<std::vector<double>> relative;
  std::string unmeasured;  // why there are none; empty: there are
};

struct BatchTiming {
  int passes = 40;  // at most
  Seconds patience{0.8};
};

// Of every fragment of a strategy, on kLargestBatchMeasured inputs: the first of those given, again
// and again if they are fewer. Fails where one of them is refused.
Result<std::vector<BatchTimes>> time_batches(ApplicationSet& applications,
                                             const std::string& application,
                                             const ServedStrategy& strategy,
                                             const std::vector<std::string_view>& inputs,
                                             const BatchTiming& timing, const CpuClock& clock);

}  // namespace scinet
