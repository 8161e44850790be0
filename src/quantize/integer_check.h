// Holds what an integer model answers against the model that it was made from.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "quantize/quantize_model.h"

namespace scinet {

// Fills what `quantized` says of answers and times. Meant for run_apart.
Status compare_models(const std::filesystem::path& library, const std::filesystem::path& before,
                      const std::filesystem::path& after,
                      const std::vector<CalibrationInput>& inputs, QuantizedModel& quantized);

}  // namespace scinet
