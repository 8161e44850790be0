// One run of a model for several requests: their tensors are stacked along the first dimension, and
// each gets its rows of what comes out.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "serving/onnx_runtime.h"

namespace scinet {

// What the model takes for one request, and gives for it.
using ModelTensors = std::vector<Tensor>;

// As OnnxSession::run for each, in their order. Those of the same shapes share a run, at most 16 a
// time. Where the model takes no stacks, or not this one, each runs by itself.
std::vector<Result<ModelTensors>> run_stacked(const OnnxSession& model,
                                              std::span<const ModelTensors> requests);

}  // namespace scinet
