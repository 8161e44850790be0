// Real inputs of the applications, with the right answers where they are known: data/inputs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace scinet {

struct Example {
  std::string name;   // of its file
  std::string bytes;  // what a client sends
  std::string label;  // the truth; empty where the application's answers have none
};

// A folder with a labels.csv (file,label), in its order. Errors name file and line.
Result<std::vector<Example>> read_examples(const std::filesystem::path& folder);

// Those of an application: its folder in `inputs_directory`, else `examples` in its own folder of
// models. An application without examples has an empty list. Labels that its answers cannot be held
// against are left out.
Result<std::vector<Example>> load_examples(std::string_view application,
                                           const std::filesystem::path& inputs_directory,
                                           const std::filesystem::path& models_directory = {});

// Whether an answer of the application says what the label says; none where its answers are not
// held against labels (a filtered picture).
std::optional<bool> is_right(std::string_view application, std::string_view label,
                             std::string_view answer);

}  // namespace scinet
