// What a model is tried on: tensors of the shapes that it takes, filled with seeded numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/onnx_runtime.h"
#include "split/onnx_graph.h"

namespace scinet {

// By name of the input.
struct SampleChoice {
  std::map<std::string, std::vector<std::int64_t>> shapes;  // where the model leaves a length open
  std::map<std::string, double> values;                     // every element, instead of seeded ones
};

struct SampleInput {
  std::string name;
  Tensor tensor;
};

// One for each input without a default. A first length that is open is 1, floats are in [0, 1),
// integers 0. kInvalidInput where another length is open, a name is unknown, or a type is none that
// a worker takes (float, int64); kTooLarge beyond a gibibyte.
Result<std::vector<SampleInput>> sample_inputs(const OnnxGraph& graph, const SampleChoice& choice);

}  // namespace scinet
