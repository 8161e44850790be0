// `scinet train scinet`: the part of the verb that trains the imitation learner into a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "learn/imitation/imitation_training.h"

namespace scinet {

struct TrainImitationOptions {
  std::uint64_t seed = 1;
  double effort = 1.0;
  std::string out;  // folder
  std::string format = "text";
};

// The exit code of the program.
int train_imitation_verb(const TrainImitationOptions& options);

// Trains with a progress line on standard error, and leaves scinet.json and report.json in the
// folder. The checkpoint's path.
Result<std::filesystem::path> train_imitation_into(const std::filesystem::path& folder,
                                                   const ImitationTraining& training);

}  // namespace scinet
