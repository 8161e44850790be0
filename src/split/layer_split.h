// Cuts a model file by layer into files that run one after the other on different hosts.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "split/sample_inputs.h"

namespace scinet {

struct LayerSplitOptions {
  std::size_t parts = 2;
  std::optional<std::filesystem::path> runtime{};  // ONNX Runtime; without it work is estimated
  SampleChoice sample{};
  BytesPerSecond link = BytesPerSecond(125e6);  // between two hosts
  int rounds = 3;  // how often cuts are made, measured and corrected; the best stay
};

// Messages hold values in the order of their lists.
struct SplitPart {
  std::string file;  // in the folder
  std::size_t steps = 0;
  Seconds work{0.0};              // of its nodes by the profile
  std::optional<Seconds> time{};  // processor time, measured as served
  Bytes file_size{0.0};
  std::vector<std::string> takes{};    // inputs of the file
  std::vector<std::string> gives{};    // outputs of the file
  std::vector<std::string> arrives{};  // the message to this part
  std::vector<std::string> leaves{};   // the message it sends on
  Bytes bytes_in{0.0};
  Bytes bytes_out{0.0};
};

struct LayerSplit {
  std::string model;
  std::vector<std::string> inputs{};
  std::vector<std::string> outputs{};
  bool work_is_measured = false;
  std::string work_method{};
  BytesPerSecond link{0.0};
  std::vector<SplitPart> parts{};
  // Its time where that is measured, otherwise its work, and sending.
  Seconds slowest_part{0.0};                   // its time, or work, and sending
  std::optional<double> largest_difference{};  // from the whole model; none without a runtime
  std::optional<Seconds> whole_time{};
};

// Outputs of the chain may differ this much from those of the whole model (largest_difference()).
inline constexpr double kSameOutputs = 1e-5;

// Writes part-1.onnx, part-2.onnx, ... and split.json into `folder`, all of them or nothing. It
// must not exist or be empty. With a runtime, the parts are run as a chain first and must answer
// like the whole model.
Result<LayerSplit> split_by_layer(const std::filesystem::path& model,
                                  const std::filesystem::path& folder,
                                  const LayerSplitOptions& options);

nlohmann::json json_of(const LayerSplit& split);

}  // namespace scinet
