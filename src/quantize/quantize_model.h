// Makes a model's weights and values integers of 8 bits, by what the values are on real inputs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "quantize/value_ranges.h"

namespace scinet {

struct QuantizeOptions {
  std::filesystem::path runtime{};  // ONNX Runtime's library
  RangeRule ranges = RangeRule::kLeastError;
};

struct QuantizedModel {
  std::string model{};
  std::size_t inputs = 0;                              // that it was calibrated on
  std::map<std::string, std::size_t> integer_nodes{};  // how many of each operator
  std::map<std::string, std::size_t> real_nodes{};

  // Against the model as it was, on the inputs of the calibration.
  std::size_t answers = 0;          // rows of the first output
  std::size_t same_answers = 0;     // those with the largest number in the same place
  double largest_difference = 0.0;  // of two numbers of any output
  double largest_number = 0.0;      // of the model as it was, to see it beside
  Bytes size_before{0.0};
  Bytes size_after{0.0};
  Seconds time_before{0.0};  // processor time of a run on one thread, as served
  Seconds time_after{0.0};
};

// Writes the integer model to `out`, complete or not at all; a file that is there stays. Errors of
// the model are kInvalidInput or kTooLarge and begin with its file.
Result<QuantizedModel> quantize_model(const std::filesystem::path& model,
                                      const std::filesystem::path& out,
                                      const std::vector<CalibrationInput>& calibration,
                                      const QuantizeOptions& options);

nlohmann::json json_of(const QuantizedModel& quantized);

}  // namespace scinet
