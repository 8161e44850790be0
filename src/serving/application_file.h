// An application as data: a folder with models and an application.yaml that says what goes in, what
// comes out, and which models make up each strategy. docs/applications.md describes the format.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/image_input.h"

namespace scinet {

inline constexpr const char* kApplicationFile = "application.yaml";

enum class ScoreScale {
  kLogits,         // the answer's probability is their softmax
  kProbabilities,  // they sum to 1 already
};

// The answer names the class with the highest score.
struct ClassAnswer {
  std::string name;  // of the tensor with one score for each label
  ScoreScale scale = ScoreScale::kLogits;
  std::vector<std::string> labels;
};

struct ModelFragment {
  std::string name;
  std::string model;                // a file, relative to the folder
  std::vector<std::size_t> inputs;  // earlier fragments; none: the client's bytes
  // Tensors that it hands on: outputs of its model, or what it was given. None: all outputs.
  std::vector<std::string> sends;
};

struct ModelStrategy {
  std::string name;
  std::vector<ModelFragment> fragments;  // each after its inputs; the last one answers
};

struct ApplicationFile {
  std::string name;
  std::string summary;
  std::optional<ImageInput> image;    // none: the client sends tensors (tensor_message.h)
  std::optional<ClassAnswer> answer;  // none: the client gets all tensors of the last fragment
  std::vector<ModelStrategy> strategies;
};

// Errors name file, line and field, what was found and what would work.
Result<ApplicationFile> read_application_file(const std::filesystem::path& file);

// What read_application_file reads back as the same.
std::string application_yaml(const ApplicationFile& application);

}  // namespace scinet
