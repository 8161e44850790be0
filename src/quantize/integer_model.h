// Writes a model with its integers: ONNX's QuantizeLinear and DequantizeLinear around each node
// that an engine is to run on integers. Any engine can run such a file; one that knows the pattern
// makes one integer node of it.
#pragma once

#include <map>

#include "quantize/integer_plan.h"
#include "quantize/integer_scale.h"
#include "split/onnx_graph.h"

namespace scinet {

// `scales` are those of the plan's values. Inputs and outputs stay what they are.
onnx::ModelProto integer_model(const OnnxGraph& graph, const IntegerPlan& plan,
                               const std::map<std::size_t, ValueScale>& scales);

}  // namespace scinet
