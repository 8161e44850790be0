// `scinet train scinet`: the part of the verb that trains the imitation learner into a folder, from
// nothing or from what it knows.
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

struct ContinueImitationOptions {
  std::string run;   // folder with views.jsonl
  std::string from;  // checkpoint
  std::uint64_t seed = 1;
  std::string out;  // folder
  std::string format = "text";
};

// `scinet train scinet --continue RUN`. The exit code of the program.
int continue_imitation_verb(const ContinueImitationOptions& options);

// Trains with a progress line on standard error, and leaves scinet.json, report.json and
// report.html in the folder. The checkpoint's path.
Result<std::filesystem::path> train_imitation_into(const std::filesystem::path& folder,
                                                   const ImitationTraining& training);

}  // namespace scinet
