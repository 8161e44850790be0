// Runs real inputs through every strategy in this process alone, without a cluster. It gives the
// answers that served requests are held against, and measures how much work each fragment is.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "model/catalogue.h"
#include "platform/local/load_generator.h"
#include "serving/application_set.h"
#include "serving/strategy_meter.h"

namespace scinet {

struct DirectRun {
  std::map<ModelId, FragmentMeasurement> fragments;
};

// Fills in `expected` of every input: the answer by the name of each strategy. `inputs` is per
// application, in order of ApplicationId; applications without inputs are left out. `on_answer` is
// called after each input. An input that a model refuses is an error: labelled inputs are right. So
// is a strategy of other fragments than are served.
Result<DirectRun> run_directly(const Catalogue& catalogue, ApplicationSet& applications,
                               std::vector<std::vector<LoadInput>>& inputs, const CpuClock& clock,
                               const std::function<void()>& on_answer);

// The catalogue with work, output and the work of loading as measured. `core` is the speed of one
// whole core of this machine in the unit of the host types.
Catalogue with_measured_work(Catalogue catalogue, const DirectRun& run, Mips core);

}  // namespace scinet
