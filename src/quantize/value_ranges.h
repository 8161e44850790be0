// Which numbers the values inside a model take, found out by running it on real inputs.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/onnx_runtime.h"
#include "split/sample_inputs.h"

namespace onnx {
class ModelProto;
}

namespace scinet {

// The inputs of a model for one run.
using CalibrationInput = std::vector<SampleInput>;

enum class RangeRule {
  kWidest,      // all numbers that were seen
  kLeastError,  // what gives the least squared error over them: rare far ones are cut off
};

struct ValueRange {
  double low = 0.0;  // both ends at 0 where nothing was seen
  double high = 0.0;
  bool fits = true;  // otherwise something was infinite, no number, or beyond kLargestReal
};

// Of the float values with these names: inputs of the model, or what its nodes make. Leaves a file
// in `scratch`. Meant for run_apart.
Result<std::map<std::string, ValueRange>> measure_ranges(
    const OnnxRuntime& runtime, const onnx::ModelProto& model,
    const std::vector<std::string>& values, const std::vector<CalibrationInput>& inputs,
    RangeRule rule, const std::filesystem::path& scratch);

}  // namespace scinet
