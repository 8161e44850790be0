// A model as it is before it becomes integer: simplified, at operators that have scales by channel,
// and without convolutions of too few channels (thin_convolutions.h).
#pragma once

#include <filesystem>

#include "base/result.h"
#include "quantize/value_ranges.h"
#include "serving/onnx_runtime.h"
#include "split/onnx_graph.h"

namespace scinet {

// DequantizeLinear has an axis since then.
inline constexpr std::int64_t kIntegerOpset = 13;

// `input` gives the shapes that tell how the model's values look. Leaves files in `scratch`. Meant
// for run_apart.
Result<OnnxGraph> float_model(const OnnxGraph& model, const std::filesystem::path& library,
                              const CalibrationInput& input, const std::filesystem::path& scratch);

}  // namespace scinet
