// `scinet train`: makes the checkpoint of a policy from runs on the twin.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/checkpoint.h"
#include "workload/scenario.h"

namespace scinet {

// The policies that have a checkpoint, and the scenarios whose variations they learn from. The
// first of these is the published testbed.
std::vector<std::string_view> trained_policies();
std::vector<std::string_view> training_scenarios();

struct PolicyTraining {
  std::string_view policy;
  std::uint64_t seed = 1;
  double effort = 1.0;  // share of the runs and epochs that the committed checkpoints had
};

struct PolicyTrainingProgress {
  std::string_view phase;  // "runs on the twin", then "networks" or "epochs"
  double done = 0.0;       // of the phase, in 0..1
  double loss = 0.0;       // mean of the last epoch; 0 before the first
};
using OnPolicyTrainingProgress = std::function<void(const PolicyTrainingProgress&)>;

// `bases` are the scenarios to vary, at least one. Everything but the command of the checkpoint is
// filled in. The same arguments give the same numbers. An unknown policy is reported together with
// those that are known.
Result<Checkpoint> train_policy(const PolicyTraining& training, const std::vector<Scenario>& bases,
                                const OnPolicyTrainingProgress& on_progress = {});

}  // namespace scinet
