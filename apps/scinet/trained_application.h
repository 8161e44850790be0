// What training leaves of an application: the files of each strategy, with what they say about
// themselves, and what the user is told.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/classifier_training.h"
#include "learn/trainable_applications.h"

namespace scinet {

struct ModelFile {
  std::string name;
  std::string bytes;
};

// The models of one strategy.
struct TrainedStrategy {
  std::string name;
  Accuracy accuracy;
  std::vector<ClassifierShape> shapes;  // side by side
  std::vector<ModelFile> files;
};

// Of all strategies that were trained. `data` is what they were trained and judged on.
std::vector<TrainedStrategy> strategies_of(const TrainedClassifiers& trained,
                                           const TrainableApplication& application,
                                           const TrainingData& data);

// The names of the classes of a group.
std::vector<std::string_view> labels_of(const std::vector<int>& group,
                                        const TrainableApplication& application);

// Writes all files of the application into a folder that exists, each in one step. The folder also
// gets an application.yaml that serves these strategies, unless it has one, which may hold more.
Status write_application(const std::vector<TrainedStrategy>& strategies,
                         const TrainableApplication& application,
                         const std::filesystem::path& folder);

// Accuracy, size and work, and the files, which lie in `folder`.
nlohmann::ordered_json to_json(const TrainedStrategy& strategy,
                               const std::filesystem::path& folder);

}  // namespace scinet
