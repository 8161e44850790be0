// Runs real inputs through every strategy in this process alone, without a cluster. It gives the
// answers that served requests are held against, and measures how much work each fragment is.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "model/catalogue.h"
#include "platform/local/load_generator.h"
#include "serving/application_set.h"

namespace scinet {

// One fragment, measured on one whole core of this machine.
struct FragmentMeasurement {
  std::vector<double> cpu_s;  // per input
  Bytes output;               // mean
  Seconds load{0};            // CPU time to load its models, 0 where they were loaded before
};

struct DirectRun {
  std::map<ModelId, FragmentMeasurement> fragments;
};

// CPU time used so far by the thread that asks.
using CpuClock = std::function<std::chrono::nanoseconds()>;

// Fills in `expected` of every input: the answer by the name of each strategy. `inputs` is per
// application, in order of ApplicationId; applications without inputs are left out. `on_answer` is
// called after each input. An input that a model refuses is an error: labelled inputs are right.
Result<DirectRun> run_directly(const Catalogue& catalogue, ApplicationSet& applications,
                               std::vector<std::vector<LoadInput>>& inputs, const CpuClock& clock,
                               const std::function<void()>& on_answer);

// The catalogue with work, output and load time as measured. `core` is the speed of one whole core
// of this machine in the unit of the host types. A model loads at the speed of its host, which the
// catalogue does not know: load times are those of a host of speed `typical_host`.
Catalogue with_measured_work(Catalogue catalogue, const DirectRun& run, Mips core,
                             Mips typical_host);

}  // namespace scinet
