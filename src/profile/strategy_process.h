// One strategy in a process that does nothing else: what is measured there comes back as JSON,
// which is how it crosses over (split/apart.h).
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "profile/profiling.h"
#include "serving/strategy_meter.h"

namespace scinet {

struct Measured {
  const ServedApplication& application;
  const ServedStrategy& strategy;

  std::string name() const { return fmt::format("{}/{}", application.name, strategy.name); }
};

// Passes over the inputs, each over the same. A list of objects, one for each fragment: cpu_s, pass
// after pass, and the rest of FragmentMeasurement.
Result<std::string> measured_passes(const Measured& what, const std::vector<Example>& examples,
                                    const ProfilingOptions& options, const CpuClock& clock);

// Requests that run together. A list of objects, one for each fragment: `relative` and `unmeasured`
// of BatchTimes.
Result<std::string> measured_batches(const Measured& what, const std::vector<Example>& examples,
                                     const ProfilingOptions& options, const CpuClock& clock);

// Over all inputs with a label: [right answers, answers].
Result<std::string> measured_accuracy(const Measured& what, const std::vector<Example>& examples,
                                      const ProfilingOptions& options);

}  // namespace scinet
