// The applications whose models the project trains itself, each described in one place: its data,
// its classes, and the shapes and rates of its classifiers.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/classifier_training.h"
#include "learn/labelled_images.h"

namespace scinet {

struct TrainableApplication {
  std::string_view name;
  std::string_view data;       // its name, origin and licence
  std::string_view directory;  // where the data is unless another place is given
  Result<TrainingData> (*read)(const std::filesystem::path& directory) = nullptr;
  std::vector<std::string_view> labels;  // of the classes, in order
  ClassifierTraining settings;
};

// By name.
const std::vector<TrainableApplication>& trainable_applications();

// The application must be one of these.
const TrainableApplication& trainable_application(std::string_view name);

}  // namespace scinet
