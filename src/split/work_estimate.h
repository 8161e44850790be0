// Work counted from shapes, for where nothing can be run: multiplications and additions of
// convolutions and matrix products, one operation for each element of everything else, at a nominal
// speed. Good for comparing nodes with each other, not for what they really take.
#pragma once

#include <vector>

#include "base/time.h"
#include "split/model_profile.h"
#include "split/onnx_graph.h"

namespace scinet {

inline constexpr double kNominalOperationsPerSecond = 10e9;

// Of each node; uses the sample shapes, and takes a value of unknown shape to be one element.
std::vector<Seconds> estimate_work(const OnnxGraph& graph, const std::vector<ValueFacts>& values);

}  // namespace scinet
