// Runs parts as a chain, and holds what they answer against the whole model.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "serving/onnx_runtime.h"
#include "split/sample_inputs.h"

namespace scinet {

// All values that were brought or given, by name; `brought` are the inputs of the whole model.
Result<std::map<std::string, Tensor>> run_chain(std::span<const OnnxSession> parts,
                                                const std::vector<SampleInput>& brought);

// The largest difference of two elements, as a share of the expected one where that is above 1; 0
// where both are no number. Infinite when shapes or types differ.
double largest_difference(const Tensor& expected, const Tensor& found);

struct SplitCheck {
  double largest_difference = 0.0;  // over all outputs
  std::vector<Seconds> part_time;   // processor time, as served: with all optimisations
  Seconds whole_time{0.0};
};

// Meant for run_apart.
Result<SplitCheck> check_split(const std::filesystem::path& library,
                               const std::filesystem::path& whole,
                               const std::vector<std::filesystem::path>& parts,
                               const std::vector<SampleInput>& inputs);

}  // namespace scinet
