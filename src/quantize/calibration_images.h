// Pictures of a folder as inputs of a model.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "quantize/value_ranges.h"
#include "serving/image_input.h"
#include "split/onnx_graph.h"

namespace scinet {

// What the model's file does not say of its input.
struct PictureChoice {
  std::optional<int> width{};  // where the model leaves them open
  std::optional<int> height{};
  bool is_bgr = false;         // the order of three channels; otherwise red first
  std::vector<double> mean{};  // of levels in 0..1, one for each channel
  std::vector<double> deviation{};
};

// As the application says that the model lies with (application.yaml in its folder), which leaves
// nothing to choose; without one, from the shape of the model's one input, [N, 1 or 3, height,
// width].
Result<ImageInput> picture_input(const OnnxGraph& model, const PictureChoice& choice);

// The first `most` pictures that labels.csv lists. kInvalidInput where one is no picture, or the
// list is empty.
Result<std::vector<CalibrationInput>> calibration_images(const std::filesystem::path& folder,
                                                         const ImageInput& input, std::size_t most);

}  // namespace scinet
