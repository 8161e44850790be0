// What recorded runs say of the parameters of the catalogue. docs/calibration.md states each
// estimator.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "calibration/input_sizes.h"
#include "calibration/recorded_run.h"
#include "calibration/task_samples.h"

namespace scinet {

enum class Parameter {
  kWork,        // MI, mean, of a fragment
  kVariation,   // of that work
  kCores,       // that a fragment can use at once
  kLoadTime,    // s, of a model
  kLoadWork,    // MI, of a model
  kSpeed,       // MIPS, of a core of a host type
  kBackground,  // cores, of a host type
  kContention,  // of a host type
  kBootTime,    // s, of a host type
  kLatency,     // s, of a host type
  kBoost,       // of a host type: how many times its speed an unused quota allows
  kQuotaBurst,  // core-seconds of the quota of a host type that gather while it is idle
  kStall,       // s, that a transfer of a host type waits while its quota is used up
};
std::string_view to_string(Parameter parameter);  // with its unit: "work_mi"

// Fragments of one strategy that the catalogue describes alike, but for their names, share what is
// learnt of them. The first stands for all.
using AlikeFragments = std::vector<ModelId>;

struct Estimate {
  Parameter parameter = Parameter::kWork;
  std::variant<HostTypeId, AlikeFragments> subject;
  std::int64_t samples = 0;
  double direct = 0.0;  // what these samples say
  double fitted = 0.0;  // after pooling with those of others; what a catalogue should say
};

double value_in(const Catalogue& catalogue, const Estimate& estimate);
void set_fitted(Catalogue& catalogue, const Estimate& estimate);

// The data of a run from which it is estimated: the requests and beats of one part of it.
struct RunPart {
  const RecordedRun* run = nullptr;
  Part part;
};

struct Fit {
  std::vector<Estimate> estimates;
  InputSizes sizes;
};

// All that the parts say anything about. Their runs have catalogues of one shape; where an estimate
// needs a value that it does not find itself (a speed, the cores of a fragment) it is that of
// `catalogue`.
Fit estimate(std::span<const RunPart> parts, const Catalogue& catalogue);

}  // namespace scinet
