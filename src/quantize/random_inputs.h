// What made models are tried on in tests.
#pragma once

#include <variant>
#include <vector>

#include "base/random.h"
#include "quantize/value_ranges.h"
#include "split/sample_inputs.h"

namespace scinet {

// Inputs as the model takes them, filled with numbers from -1 to 1.
inline std::vector<CalibrationInput> random_inputs(const OnnxGraph& graph, int count) {
  RandomStream random(11);
  std::vector<CalibrationInput> inputs;
  for (int i = 0; i < count; ++i) {
    CalibrationInput input = sample_inputs(graph, {}).value();
    for (SampleInput& given : input) {
      if (auto* numbers = std::get_if<std::vector<float>>(&given.tensor.values)) {
        for (float& number : *numbers) number = static_cast<float>(random.uniform() * 2.0 - 1.0);
      }
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace scinet
