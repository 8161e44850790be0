// Makes an application out of a model that somebody brings and a folder of labelled pictures: the
// whole model, the model cut by layer, and the model in integers of 8 bits.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "quantize/calibration_images.h"
#include "serving/application_file.h"

namespace scinet {

struct AdoptOptions {
  std::string name;                   // of the application
  std::filesystem::path inputs;       // pictures and a labels.csv (file,label)
  std::filesystem::path labels = {};  // a label for each class, one a line; empty: labels.txt there
  std::filesystem::path runtime = {};  // ONNX Runtime's library
  PictureChoice picture = {};
  std::optional<ImageFit> fit = {};  // how pictures of other proportions become its input
  ScoreScale scale = ScoreScale::kLogits;
  std::size_t parts = 2;            // of the strategy `layer`
  std::size_t most_examples = 200;  // kept with the application
};

struct Adopted {
  ApplicationFile application;
  std::size_t examples = 0;          // kept with it
  std::vector<std::string> notices;  // strategies that it does not have, and why
};

// Writes the application's folder, complete or not at all; it must not exist or be empty. Errors
// name what was found and what would work.
Result<Adopted> adopt_model(const std::filesystem::path& model, const std::filesystem::path& folder,
                            const AdoptOptions& options);

}  // namespace scinet
